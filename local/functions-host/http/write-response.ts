import type { ServerResponse } from 'node:http';
import type { RpcHttpData, RpcTypedData } from '../core/rpc-messages.js';
import { setCookie } from './set-cookie.js';

const ownedByServer = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * Writes a function's RPC-shaped answer. No answer at all is 204, as on Azure. Throws, with nothing written, when a
 * header cannot be sent.
 */
export const writeRpcResponse = (response: ServerResponse, http: RpcHttpData | null | undefined): void => {
  if (http === null || http === undefined) {
    writeEmptyResponse(response, 204);
    return;
  }
  const body = bodyBytes(http.body);
  const headers: string[] = [];
  for (const [name, value] of Object.entries(http.headers ?? {})) {
    if (!ownedByServer.has(name.toLowerCase())) headers.push(name, value);
  }
  for (const cookie of http.cookies ?? []) headers.push('set-cookie', setCookie(cookie));
  const status = Number(http.statusCode ?? 200);
  if (status !== 204 && status !== 304) headers.push('content-length', String(body.length));
  response.writeHead(status, headers);
  response.end(body);
};

export const writeEmptyResponse = (response: ServerResponse, status: number): void => {
  response.writeHead(status, status === 204 ? [] : ['content-length', '0']);
  response.end();
};

const bodyBytes = (body: RpcTypedData | null | undefined): Uint8Array => {
  if (body?.bytes !== null && body?.bytes !== undefined) return body.bytes;
  return Buffer.from(body?.string ?? body?.json ?? String(body?.int ?? body?.double ?? ''));
};

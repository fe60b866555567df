import { connect } from 'node:net';
import type { FuzzRequest } from './fuzz-request.js';

/** What came back, read leniently: `status` is 0 when the connection ended without a status line. */
export interface RawReply {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  readonly durationMs: number;
}

/** Longer than any request may take; a host that hangs is then told from one that is slow. */
const silenceMs = 30_000;

const headOf = ({ method, path, headers, body }: FuzzRequest, host: string): Buffer => {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    `Content-Length: ${body.length}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
};

const readReply = (bytes: Buffer, durationMs: number): RawReply => {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const head = end === -1 ? text : text.slice(0, end);
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? [];
  return { status: Number(status), head, body: end === -1 ? '' : text.slice(end + 4), durationMs };
};

/** Sends bytes that no HTTP client would let pass, from any address of this machine, and reads until the host hangs up. */
export const sendRaw = (hostUrl: URL, request: FuzzRequest): Promise<RawReply> =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const parts: Buffer[] = [];
    const socket = connect({ host: hostUrl.hostname, port: Number(hostUrl.port), localAddress: request.from });
    const done = (): void => resolve(readReply(Buffer.concat(parts), performance.now() - startedAt));
    socket.setTimeout(silenceMs, () => socket.destroy());
    socket.on('data', (part) => parts.push(part));
    socket.on('close', done);
    // The host may hang up before it has read everything, once it has said why.
    socket.on('error', (fault) => (parts.length > 0 || 'code' in fault ? done() : reject(fault)));
    socket.write(headOf(request, hostUrl.host));
    socket.write(request.body);
  });

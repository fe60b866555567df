import type { HttpRequest } from '@azure/functions';
import { parseJson } from '../text/text.js';
import { ArrivingBody } from './arriving-body.js';

export type BodyReading = { readonly kind: 'read'; readonly body: Buffer } | { readonly kind: 'too-large' };

const tooLarge: BodyReading = { kind: 'too-large' };

/** How large the body is: as it came in the worker's message, else as the header says. */
export const bodyBytes = ({ body, headers }: HttpRequest): number =>
  Array.isArray(body)
    ? body.reduce((sum: number, chunk: Uint8Array) => sum + chunk.byteLength, 0)
    : Number(headers.get('content-length') ?? 0);

/**
 * The request's raw bytes, never decoded. Stops at `maxBytes`: at once when `Content-Length` says so, else while reading a
 * chunked body.
 */
export const readBody = async (request: HttpRequest, maxBytes: number): Promise<BodyReading> => {
  const announcedBytes = Number(request.headers.get('content-length') ?? 0);
  if (announcedBytes > maxBytes) return tooLarge;
  const body = new ArrivingBody(announcedBytes);
  for await (const chunk of request.body ?? []) {
    if (body.size + chunk.byteLength > maxBytes) return tooLarge;
    body.add(chunk);
  }
  return { kind: 'read', body: body.bytes() };
};

/** What an operator's command says in JSON; no body is the empty command, and `undefined` stands for what is no JSON. */
export const readCommand = (body: Buffer): unknown => (body.length === 0 ? {} : parseJson(body));

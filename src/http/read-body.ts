import type { HttpRequest } from '@azure/functions';

export type BodyReading = { readonly kind: 'read'; readonly body: Buffer } | { readonly kind: 'too-large' };

const tooLarge: BodyReading = { kind: 'too-large' };

/**
 * The request's raw bytes, never decoded. Stops at `maxBytes`: at once when `Content-Length` says so, else while reading a
 * chunked body.
 */
export const readBody = async (request: HttpRequest, maxBytes: number): Promise<BodyReading> => {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return tooLarge;
  if (request.body === null) return { kind: 'read', body: Buffer.alloc(0) };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  const [first] = chunks;
  const single = chunks.length === 1 && first !== undefined;
  return {
    kind: 'read',
    body: single ? Buffer.from(first.buffer, first.byteOffset, first.byteLength) : Buffer.concat(chunks, size),
  };
};

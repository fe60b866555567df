import { createHmac, randomUUID } from 'node:crypto';
import { HttpRequest } from '@azure/functions';
import { secret } from './null-app.js';

export interface Delivery {
  readonly event: string;
  readonly body: Buffer;
}

/** What a socket gives at a time. */
const chunkBytes = 65_536;

async function* chunksOf(body: Buffer, onChunk: () => void): AsyncIterable<Uint8Array> {
  for (let at = 0; at < body.length; at += chunkBytes) {
    onChunk();
    yield Buffer.from(new Uint8Array(body.subarray(at, at + chunkBytes)).buffer);
  }
}

/** The headers of a signed delivery with an id of its own. */
export const githubHeaders = ({ event, body }: Delivery): Record<string, string> => ({
  'content-type': 'application/json',
  'content-length': String(body.length),
  'x-github-delivery': randomUUID(),
  'x-github-event': event,
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});

/** A signed delivery as the worker hands it over: its body comes in chunks, each in memory of its own. */
export const streamedRequest = (delivery: Delivery, onChunk: () => void = () => {}): HttpRequest => {
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://127.0.0.1/api/webhooks/github',
    params: { provider: 'github' },
    headers: githubHeaders(delivery),
  });
  Object.defineProperty(request, 'body', { value: chunksOf(delivery.body, onChunk) });
  return request;
};

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ArrivingBody } from '../../../src/http/arriving-body.js';
import type { Clock } from '../../../src/time/clock.js';
import { kestrel } from './request-limits.js';

export interface BodySource {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean;
}

export interface BodyLimits {
  readonly limitBytes: number;
  readonly clock: Clock;
}

/** What came of reading a request's body: its bytes, more of them than allowed, too few a second, or a client that went away. */
export type BodyReading =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'broken-off' };

const empty = Buffer.alloc(0);

/** The length that the request declares; `undefined` for a chunked body. */
export const declaredLength = ({ headers }: IncomingMessage): number | undefined => {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  const length = headers['content-length'];
  return length === undefined ? 0 : Number(length);
};

/** Reads a request's body, at most `limitBytes` of it and no slower than Kestrel has it, asking the client to go on if it waits for that. Never throws. */
export const readBody = (
  { request, response, expectsContinue }: BodySource,
  limits: BodyLimits,
): Promise<BodyReading> => {
  const { limitBytes } = limits;
  const declared = declaredLength(request);
  if (declared === 0) return Promise.resolve({ kind: 'whole', bytes: empty });
  if (declared !== undefined && declared > limitBytes) return Promise.resolve({ kind: 'too-large' });
  if (expectsContinue) response.writeContinue();
  if (declared === undefined) return discarded(request, limits);
  return collect(request, new ArrivingBody(declared), limits);
};

/** Azure's host hands no body on that comes in chunks, without saying so. */
const discarded = (request: IncomingMessage, limits: BodyLimits): Promise<BodyReading> => {
  let size = 0;
  const nothing = {
    get size() {
      return size;
    },
    add(chunk: Uint8Array) {
      size += chunk.byteLength;
    },
    bytes: () => empty,
  };
  return collect(request, nothing, limits);
};

const collect = (
  request: IncomingMessage,
  body: Pick<ArrivingBody, 'size' | 'add' | 'bytes'>,
  { limitBytes, clock }: BodyLimits,
): Promise<BodyReading> =>
  new Promise<BodyReading>((resolve) => {
    const cancel = whenTooSlow(body, clock, () => resolve({ kind: 'too-slow' }));
    request.once('close', cancel);
    request.once('end', cancel);
    request.on('data', (chunk: Buffer) => {
      if (body.size + chunk.length <= limitBytes) body.add(chunk);
      else resolve({ kind: 'too-large' });
    });
    request.once('end', () => resolve({ kind: 'whole', bytes: body.bytes() }));
    request.once('error', () => resolve({ kind: 'broken-off' }));
    request.once('close', () => resolve({ kind: 'broken-off' }));
  });

const lookEveryMs = 1_000;

/** Looks each second, once the grace is over, whether enough has come for the time that it took. */
const whenTooSlow = (body: Pick<ArrivingBody, 'size'>, clock: Clock, stop: () => void): (() => void) => {
  const startedMs = clock.monotonicMs();
  const look = (): void => {
    const seconds = (clock.monotonicMs() - startedMs) / 1_000;
    if (body.size < kestrel.slowestBytesPerSecond * seconds) stop();
    else cancel = clock.startTimer(lookEveryMs, look);
  };
  let cancel = clock.startTimer(kestrel.slowGraceMs, look);
  return () => cancel();
};

const lingerMs = 5_000;

/**
 * Reads on and throws away what is left of a body whose answer is already known, so that the client gets to read that
 * answer; one that is still sending after five seconds is cut off.
 */
export const discardBody = (request: IncomingMessage, clock: Clock): void => {
  if (request.complete) return;
  request.on('error', () => undefined);
  request.resume();
  const cancel = clock.startTimer(lingerMs, () => request.destroy());
  request.once('close', cancel);
};

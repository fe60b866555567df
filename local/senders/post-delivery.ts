import type { SignedDelivery } from './sender.js';

/** What came back for one delivery, or why nothing did (`reason` is a code such as ECONNREFUSED). */
export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string; readonly durationMs: number }
  | { readonly kind: 'unanswered'; readonly reason: string; readonly durationMs: number };

const reasonOf = (fault: unknown): string => {
  if (!(fault instanceof Error)) return String(fault);
  const inner = fault.cause instanceof Error ? fault.cause : fault;
  if ('code' in inner && typeof inner.code === 'string') return inner.code;
  return inner.name === 'TimeoutError' ? 'no answer in time' : inner.message;
};

/** Posts one signed delivery and reads the whole answer; never throws. */
export const postDelivery = async (url: URL, signed: SignedDelivery, timeoutMs: number): Promise<PostOutcome> => {
  const startedAt = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startedAt);
  try {
    const reply = await fetch(url, {
      method: 'POST',
      headers: signed.headers,
      body: new Uint8Array(signed.body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await reply.text();
    return { kind: 'answered', status: reply.status, text, durationMs: elapsed() };
  } catch (fault) {
    return { kind: 'unanswered', reason: reasonOf(fault), durationMs: elapsed() };
  }
};

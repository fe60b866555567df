import { type DeadLetter, type OutboxRecord, type OwedCopy, withFailure } from '../record/outbox-record.js';

/** What a drain did with one owed copy. */
export type CopyResult =
  | { readonly kind: 'delivered' }
  /** The queue, or the message itself, is at fault. `hopeless`: no repeat can cure it. */
  | { readonly kind: 'failed'; readonly reason: string; readonly hopeless: boolean }
  /** Not the copy's fault: not tried, or the whole service failed. Never a reason to give up. */
  | { readonly kind: 'left' }
  /** Not tried, for its queue is left alone for a while. */
  | { readonly kind: 'held-back' };

export interface RecordAfterwards {
  /** What is still owed; `undefined` when nothing is. */
  readonly rest: OutboxRecord | undefined;
  readonly letter: DeadLetter | undefined;
}

interface ApplyOptions {
  readonly atMs: number;
  /** Older than this since its event arrived, or was revived, a copy that fails is given up. */
  readonly maxAgeMs: number;
}

/** Nothing is given up before so many tries: what looks hopeless may not be, and a clock that runs ahead may say "too old". */
const leastAttempts = 3;

interface Judged {
  readonly owed: OwedCopy;
  readonly result: CopyResult;
  readonly exhausted: boolean;
}

const judge = (owed: OwedCopy, result: CopyResult, tooOld: boolean): Judged => {
  if (result.kind !== 'failed') return { owed, result, exhausted: false };
  const attempts = owed.attempts + 1;
  return { owed: { ...owed, attempts }, result, exhausted: attempts >= leastAttempts && (result.hopeless || tooOld) };
};

const reasonsOf = (judged: readonly Judged[]): string =>
  [...new Set(judged.flatMap(({ result }) => (result.kind === 'failed' ? [result.reason] : [])))].join(', ');

/** What becomes of a record after a drain: delivered copies leave it, exhausted ones go to a dead letter, the rest stays. */
export const applyResults = (
  record: OutboxRecord,
  results: ReadonlyMap<OwedCopy, CopyResult>,
  { atMs, maxAgeMs }: ApplyOptions,
): RecordAfterwards => {
  const at = new Date(atMs).toISOString();
  const tooOld = atMs - Date.parse(record.revived?.at ?? record.attributes.time) >= maxAgeMs;
  const judged = record.owed.map((owed) => judge(owed, results.get(owed) ?? { kind: 'left' }, tooOld));
  const history = judged.reduce(
    (entries, { owed: { bot }, result }) =>
      result.kind === 'failed' ? withFailure(entries, { bot, reason: result.reason, at }) : entries,
    record.history,
  );
  const exhausted = judged.filter((one) => one.exhausted);
  const staying = judged.filter((one) => !one.exhausted && one.result.kind !== 'delivered');
  const owing = (some: readonly Judged[]): OutboxRecord => ({ ...record, owed: some.map(({ owed }) => owed), history });
  return {
    rest: staying.length === 0 ? undefined : owing(staying),
    letter:
      exhausted.length === 0 ? undefined : { ...owing(exhausted), reason: reasonsOf(exhausted), deadLetteredAt: at },
  };
};

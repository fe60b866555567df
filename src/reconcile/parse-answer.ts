import type { HttpResult } from '../guarded-http/guarded-http.js';
import type { HttpErrorKind, HttpFault } from '../guarded-http/http-fault.js';
import type { HistoryAnswer, HistoryRefusal } from './delivery-history.js';

interface Schema<T> {
  safeParse(value: unknown): { data?: T };
}

/** In these cases a request was sent, and its result is not known. */
const unclearKinds: ReadonlySet<HttpErrorKind> = new Set(['timeout', 'unreachable', 'aborted', 'too-large']);

/** These concern the one delivery or hook, and not the caller. */
const unknownStatuses: ReadonlySet<number> = new Set([400, 404, 410, 422]);

const meaningOf = ({ kind, status = 0 }: HttpFault): HistoryRefusal['meaning'] => {
  if (unknownStatuses.has(status)) return 'unknown';
  return unclearKinds.has(kind) || status >= 500 ? 'unclear' : 'not-now';
};

/** Why there is no answer, as the guarded client says it. */
export const refusalOf = (fault: HttpFault): HistoryRefusal => {
  const { kind, status } = fault;
  const reason = kind === 'refused' && status !== undefined ? `${kind}-${status}` : kind;
  return { ok: false, reason, meaning: meaningOf(fault) };
};

export const notNow = (reason: string): HistoryRefusal => ({ ok: false, reason, meaning: 'not-now' });

/** Ids of 64 bits are read as text: a JavaScript number holds 53. */
const longId = /"id"\s*:\s*(\d{16,})/g;

/** What a sender's API answered, by its schema; or why there is none: `unreadable`, or what the guarded client says. */
export const parseAnswer = <T>(schema: Schema<T>, answer: HttpResult): HistoryAnswer<T> => {
  if (!answer.ok) return refusalOf(answer.error);
  try {
    const text = new TextDecoder().decode(answer.value.bytes).replaceAll(longId, '"id":"$1"');
    const { data } = schema.safeParse(JSON.parse(text));
    return data === undefined ? notNow('unreadable') : { ok: true, value: data };
  } catch {
    return notNow('unreadable');
  }
};

/** Whether the sender took it. */
export const doneBy = (answer: HttpResult): HistoryAnswer<void> =>
  answer.ok ? { ok: true, value: undefined } : refusalOf(answer.error);

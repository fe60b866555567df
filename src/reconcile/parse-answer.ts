import type { HttpResult } from '../guarded-http/guarded-http.js';
import { readJson } from '../guarded-http/http-request.js';
import type { HistoryAnswer } from './delivery-history.js';

interface Schema<T> {
  safeParse(value: unknown): { data?: T };
}

/** What a sender's API answered, by its schema; or why there is none: `unreadable`, or what the guarded client says. */
export const parseAnswer = <T>(schema: Schema<T>, answer: HttpResult): HistoryAnswer<T> => {
  if (!answer.ok) return { ok: false, reason: answer.error.kind };
  try {
    const { data } = schema.safeParse(readJson(answer.value));
    return data === undefined ? { ok: false, reason: 'unreadable' } : { ok: true, value: data };
  } catch {
    return { ok: false, reason: 'unreadable' };
  }
};

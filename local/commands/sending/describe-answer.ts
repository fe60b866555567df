import { STATUS_CODES } from 'node:http';
import type { PostOutcome } from '../../senders/post-delivery.js';
import { alignColumns } from '../terminal/columns.js';
import { paint } from '../terminal/paint.js';

const parseObject = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
};

const plain = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** The status and its meaning, green when the delivery was accepted. */
export const describeStatus = (outcome: PostOutcome): string => {
  if (outcome.kind === 'unanswered') return paint.bad(outcome.reason);
  const text = `${outcome.status} ${STATUS_CODES[outcome.status] ?? ''}`.trim();
  return isAccepted(outcome) ? paint.good(text) : paint.bad(text);
};

export const isAccepted = (outcome: PostOutcome): boolean =>
  outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;

/** The answer's JSON field by field; any other text as it is. */
export const describeAnswer = (outcome: PostOutcome): readonly string[] => {
  if (outcome.kind === 'unanswered' || outcome.text === '') return [];
  const fields = parseObject(outcome.text);
  if (fields === undefined) return outcome.text.split('\n').map((line) => `  ${line}`);
  return alignColumns(Object.entries(fields).map(([name, value]) => [`  ${paint.quiet(name)}`, plain(value)]));
};

/** The `code` of a refusal, where the answer has one. */
export const refusalCode = (outcome: PostOutcome): string => {
  const code = outcome.kind === 'answered' ? parseObject(outcome.text)?.['code'] : undefined;
  return typeof code === 'string' ? code : '';
};

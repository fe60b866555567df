import { type ListForm, listItems, type SignedRequest, type TimestampRule } from './signing-scheme.js';

const forms: Readonly<Record<TimestampRule['format'], RegExp>> = {
  seconds: /^\d{1,12}$/,
  milliseconds: /^\d{1,15}$/,
  rfc3339: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/,
};

/** Finer than milliseconds is cut off; an impossible date is no time at all. */
const parseDate = (text: string): number => {
  const [seconds = '', fraction = 'Z'] = text.split('.');
  return fraction === 'Z' ? Date.parse(text) : Date.parse(`${seconds}.${fraction.slice(0, -1).slice(0, 3)}Z`);
};

/**
 * Milliseconds since the epoch that a timestamp's text stands for; `undefined` unless it has exactly the expected form.
 * Numbers are decimal digits and nothing else: no sign, no exponent, no white space, no `0x`.
 */
export const readTimestamp = (text: string, format: TimestampRule['format']): number | undefined => {
  if (!forms[format].test(text)) return undefined;
  const ms = format === 'rfc3339' ? parseDate(text) : Number(text) * (format === 'seconds' ? 1000 : 1);
  return Number.isFinite(ms) ? ms : undefined;
};

interface Window extends Pick<TimestampRule, 'format'> {
  readonly toleranceSeconds: number;
}

/**
 * Whether a time is within the window around now; both ends belong to it. Where the sender counts in whole seconds, so is now:
 * its own library accepts what was signed 300.9 s ago under a tolerance of 300.
 */
export const isFresh = (timestampMs: number, nowMs: number, { format, toleranceSeconds }: Window): boolean => {
  const now = format === 'seconds' ? Math.floor(nowMs / 1000) * 1000 : nowMs;
  return Math.abs(now - timestampMs) <= toleranceSeconds * 1000;
};

/** The timestamp of a request, as its sender signed it; `undefined` when it is missing, repeated, malformed or outside its window. */
export const timelyText = (
  { headers }: SignedRequest,
  { header, item, format, toleranceSeconds, list = 'comma' }: TimestampRule & { readonly list?: ListForm | undefined },
  nowMs: number,
): string | undefined => {
  const whole = headers.get(header) ?? '';
  const texts = item === undefined ? [whole] : listItems(whole, list).filter((each) => each.startsWith(item));
  const text = texts.length === 1 ? texts[0]?.slice(item?.length ?? 0) : undefined;
  const timestampMs = text === undefined ? undefined : readTimestamp(text, format);
  if (timestampMs === undefined) return undefined;
  const isTimely = toleranceSeconds === undefined || isFresh(timestampMs, nowMs, { format, toleranceSeconds });
  return isTimely ? text : undefined;
};

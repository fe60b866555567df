import { STATUS_CODES } from 'node:http';
import type { PostOutcome } from '../../senders/post-delivery.js';
import { alignColumns } from '../terminal/columns.js';
import { paint } from '../terminal/paint.js';
import { harmless } from '../terminal/safe-text.js';

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
  if (!isAccepted(outcome)) return paint.bad(text);
  const degraded = degradedIn(outcome.text);
  return degraded.length === 0 ? paint.good(text) : `${paint.warn(text)}, degraded: ${degraded.join(', ')}`;
};

const degradedIn = (text: string): readonly unknown[] => {
  const degraded = parseObject(text)?.['degraded'];
  return Array.isArray(degraded) ? degraded : [];
};

/** A web page in answer to a webhook comes from another server. */
const isPage = (text: string): boolean => /^\s*</.test(text);

export const isAccepted = (outcome: PostOutcome): boolean =>
  outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300 && !isPage(outcome.text);

/** The answer's JSON field by field; any other text as it is. */
export const describeAnswer = (outcome: PostOutcome): readonly string[] => {
  if (outcome.kind === 'unanswered' || outcome.text === '') return [];
  const fields = parseObject(outcome.text);
  if (fields === undefined) return outcome.text.split('\n').map((line) => `  ${harmless(line)}`);
  return alignColumns(
    Object.entries(fields).map(([name, value]) => [`  ${paint.quiet(harmless(name))}`, harmless(plain(value))]),
  );
};

const advice: Readonly<Record<string, (provider: string) => string>> = {
  UnknownProvider: (provider) =>
    `${provider} is not switched on. Switch it on with PROVIDERS=github,${provider}: in the environment of npm start, or in the settings of the app`,
  SignatureInvalid: (provider) => `The secret is not the one that the host has for ${provider}: see --secret`,
  SecretUnavailable: () => 'The host has no secret to verify with. Why: npm run health',
  CircuitBreakerOpen: () => 'A circuit breaker is open. Which, and why: npm run health',
  QueueingFailed: () => 'A queue did not take it. Which, and why: npm run health',
  PayloadNotStorable: () => 'No store took it. Why: npm run health',
};

/** What to do about an answer: what is refused, and what was taken but not served as usual. */
export const hintFor = (outcome: PostOutcome, provider: string): string | undefined => {
  if (outcome.kind === 'unanswered') return undefined;
  if (isPage(outcome.text))
    return 'The answer is a web page, not from Breakwater: another server may use the port. Check --url';
  if (isAccepted(outcome)) return degradedIn(outcome.text).length === 0 ? undefined : 'Why: npm run health';
  return advice[refusalCode(outcome)]?.(provider);
};

/** The `code` of a refusal, where the answer has one. */
export const refusalCode = (outcome: PostOutcome): string => {
  const code = outcome.kind === 'answered' ? parseObject(outcome.text)?.['code'] : undefined;
  return typeof code === 'string' ? code : '';
};

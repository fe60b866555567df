import type { CircuitBreakerOptions } from '../circuit-breaker/circuit-breaker-options.js';

/** How one group of endpoints is called. Everything is optional; durations are whole milliseconds unless the name says seconds. */
export interface EndpointGroup {
  /** The whole call, retries and their pauses included. 10 000 unless set. */
  readonly timeoutMs?: number;
  /** Tries after the first, for requests that are safe to repeat. 2 unless set; 0 switches retries off. */
  readonly retries?: number;
  /** The first pause is at random up to this, each further one up to twice the one before. 200 unless set. */
  readonly retryDelayMs?: number;
  /** Larger answers are left unread. 10 MB unless set. */
  readonly maxResponseBytes?: number;
  /** GET answers with status 200 are kept so long, and asked for once when many want them: the latest 256, 32 MB in all. Off unless set. */
  readonly cacheSeconds?: number;
  /** So long after `cacheSeconds` a kept answer still serves while the dependency fails, marked `stale`. 0 unless set. */
  readonly staleSeconds?: number;
  /** What differs from the preset of an external API. */
  readonly breaker?: Partial<CircuitBreakerOptions>;
  /** Whether an answer of this status counts against the dependency. 408 and 500 upwards unless set. */
  readonly isFailure?: (status: number) => boolean;
}

/** An endpoint group with every choice made. */
export type EndpointRules = Required<Omit<EndpointGroup, 'breaker'>>;

const isFailureStatus = (status: number): boolean => status === 408 || status >= 500;

const limits = {
  timeoutMs: { value: 10_000, from: 1 },
  retries: { value: 2, from: 0 },
  retryDelayMs: { value: 200, from: 0 },
  maxResponseBytes: { value: 10 * 1024 * 1024, from: 1 },
  cacheSeconds: { value: 0, from: 0 },
  staleSeconds: { value: 0, from: 0 },
} as const;

const knownFields = [...Object.keys(limits), 'breaker', 'isFailure'];

/** Checks a group's numbers and fills in the rest. Throws `RangeError` naming the field and its value. */
export const endpointRules = (name: string, group: EndpointGroup): EndpointRules => {
  const unknown = Object.keys(group).find((field) => !knownFields.includes(field));
  if (unknown !== undefined)
    throw new RangeError(`Endpoint ${name}: no such field: ${unknown}; the fields are ${knownFields.join(', ')}`);
  const number = (field: keyof typeof limits): number => {
    const value = group[field] ?? limits[field].value;
    if (Number.isInteger(value) && value >= limits[field].from) return value;
    throw new RangeError(`Endpoint ${name}: ${field} is ${value}, expected a whole number from ${limits[field].from}`);
  };
  return {
    timeoutMs: number('timeoutMs'),
    retries: number('retries'),
    retryDelayMs: number('retryDelayMs'),
    maxResponseBytes: number('maxResponseBytes'),
    cacheSeconds: number('cacheSeconds'),
    staleSeconds: number('staleSeconds'),
    isFailure: group.isFailure ?? isFailureStatus,
  };
};

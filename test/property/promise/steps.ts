import { type Arbitrary, array, boolean, constantFrom, integer, oneof, record } from 'fast-check';
import type { Death } from './life.js';

/** What tells one event from another: the same id may come on two routes, and with other bytes on one. */
export interface EventKey {
  readonly route: 'github' | 'github-acme';
  readonly id: number;
  readonly bytes: number;
}

export interface Send {
  readonly event: EventKey;
  readonly instance: number;
  /** Somebody who holds a genuine delivery sends it under an id of his own. */
  readonly isCaptured?: boolean;
}

/** `removing`: records of the outbox can be read and written, and not be removed. */
export const dependencies = [
  'archive',
  'outbox',
  'removing',
  'service-bus',
  'ordered-queue',
  'backlog',
  'vault',
  'quarantine',
] as const;

export type Dependency = (typeof dependencies)[number];

export type Step =
  /** In the same moment. */
  | { readonly kind: 'send'; readonly sends: readonly Send[] }
  | { readonly kind: 'drain'; readonly instance: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'fail'; readonly dependency: Dependency; readonly how: 'error' | 'hang' }
  /** The queue of the ordered bot refuses as many of the next messages, whoever sends them. */
  | { readonly kind: 'stumble'; readonly times: number }
  /** Of that dependency; absent: of all. */
  | { readonly kind: 'mend'; readonly dependency?: Dependency }
  /** The instance dies during what it does next, and another takes its place. */
  | { readonly kind: 'kill'; readonly instance: number; readonly death: Death };

const anyInstance = integer({ min: 0, max: 1 });

const anySend: Arbitrary<Send> = record({
  event: record({
    route: constantFrom('github', 'github', 'github', 'github-acme'),
    id: integer({ min: 0, max: 5 }),
    bytes: constantFrom(0, 0, 0, 1),
  }),
  instance: anyInstance,
  isCaptured: constantFrom(false, false, false, false, false, false, false, true),
});

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

const anyDependency = constantFrom<Dependency>(...dependencies, 'vault');

const anyStep: Arbitrary<Step> = oneof(
  {
    weight: 8,
    arbitrary: record({ kind: constantFrom('send'), sends: array(anySend, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 3, arbitrary: record({ kind: constantFrom('drain'), instance: anyInstance }) },
  {
    weight: 3,
    arbitrary: record({
      kind: constantFrom('wait'),
      ms: constantFrom(second, 6 * second, 35 * second, 2 * minute, 40 * minute, 3 * hour, 25 * hour),
    }),
  },
  {
    weight: 3,
    arbitrary: record({
      kind: constantFrom('fail'),
      dependency: anyDependency,
      how: constantFrom('error', 'hang'),
    }),
  },
  { weight: 1, arbitrary: record({ kind: constantFrom('stumble'), times: integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: record({ kind: constantFrom('mend') }) },
  { weight: 2, arbitrary: record({ kind: constantFrom('mend'), dependency: anyDependency }) },
  {
    weight: 1,
    arbitrary: record({
      kind: constantFrom('kill'),
      instance: anyInstance,
      death: record({ calls: integer({ min: 0, max: 6 }), when: constantFrom('before', 'after') }),
    }),
  },
);

export interface Scenario {
  /** `QUEUE_UNAVAILABLE=defer`. */
  readonly defers: boolean;
  /** By how much the clock of the second instance is ahead of the first one's. */
  readonly aheadMs: number;
  readonly steps: readonly Step[];
}

/** Anything that may happen, in any order. */
export const anyScenario: Arbitrary<Scenario> = record({
  defers: boolean(),
  aheadMs: constantFrom(0, 0, 5 * second, 2 * hour, -2 * hour),
  steps: array(anyStep, { minLength: 1, maxLength: 30 }),
});

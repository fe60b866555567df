import { type Fault, formatFault } from '../../../local/faults/fault.js';
import type { StandInName } from '../../../local/stack/stand-ins.js';
import type { FaultReason } from '../../../src/faults/fault-reason.js';
import type { Bot } from '../../../src/routing/bot.js';
import { notifier } from '../../support/memory-app.js';

/** What can become of one bot's queue alone. */
const queueTroubles = [
  { trouble: 'deleted', reason: 'not-found' },
  { trouble: 'disabled', reason: 'disabled' },
  { trouble: 'full', reason: 'full' },
] as const;

export type QueueTrouble = (typeof queueTroubles)[number]['trouble'];

/** One row: what is wrong when one event comes. */
export type Row = (
  | { readonly of: StandInName; readonly fault: Fault }
  | { readonly of: 'queue:bot-notifier'; readonly trouble: QueueTrouble }
) & {
  readonly reason?: FaultReason;
  readonly bots: readonly Bot[];
  readonly environment: Readonly<Record<string, string>>;
};

/** What every queue refuses is the namespace's fault, what one refuses is its own: it takes two to tell. */
const bots: readonly Bot[] = [notifier, { ...notifier, name: 'auditor', queue: 'bot-auditor' }];

const dependencies: readonly StandInName[] = ['blob-storage', 'service-bus', 'key-vault'];

interface Expected {
  readonly fault: Fault;
  /** The one word for it, everywhere; absent: nothing is wrong. */
  readonly reason?: FaultReason;
}

/** Every fault that `npm run faults` can make. */
const faults: readonly Expected[] = [
  { fault: { kind: 'refuse' }, reason: 'unreachable' },
  { fault: { kind: 'reset' }, reason: 'unreachable' },
  { fault: { kind: 'drop-after', bytes: 100 }, reason: 'unreachable' },
  { fault: { kind: 'hang' }, reason: 'timeout' },
  { fault: { kind: 'slow', delayMs: 100 } },
  { fault: { kind: 'error', status: 401 }, reason: 'unauthorized' },
  { fault: { kind: 'error', status: 403 }, reason: 'unauthorized' },
  { fault: { kind: 'error', status: 404 }, reason: 'not-found' },
  { fault: { kind: 'error', status: 429 }, reason: 'throttled' },
  { fault: { kind: 'error', status: 500 }, reason: 'server-error' },
  { fault: { kind: 'error', status: 503 }, reason: 'throttled' },
];

/** Of Key Vault a 503 says that it is broken; Blob Storage and Service Bus have a code for it that says busy. */
const faultsOf = (of: StandInName): readonly Expected[] =>
  faults.map((each) =>
    of === 'key-vault' && formatFault(each.fault) === 'error 503' ? { ...each, reason: 'server-error' } : each,
  );

/** One failure opens a breaker. */
const environment = Object.fromEntries(
  ['blobStorage', 'serviceBus', 'keyVault'].map((name) => [`CircuitBreaker__${name}__failureThreshold`, '1']),
);

/** Each dependency with each fault, then the queue of one bot with each of its troubles. */
export const rows: readonly Row[] = [
  ...dependencies.flatMap((of) => faultsOf(of).map((each) => ({ of, ...each, bots, environment }))),
  ...queueTroubles.map((each) => ({ of: 'queue:bot-notifier' as const, ...each, bots, environment })),
];

export const nameOf = (row: Row): string => `${row.of}: ${'fault' in row ? formatFault(row.fault) : row.trouble}`;

/** The vault answers that it has no such secret, which is its provider's trouble: no call has failed, so nothing counts it as a failure. */
export const isMissingSecret = ({ of, reason }: Row): boolean => of === 'key-vault' && reason === 'not-found';

/** A namespace that knows no queue says so of each: it is each queue's trouble. */
export const isOfQueue = ({ of, reason }: Row): boolean =>
  of === 'queue:bot-notifier' || (of === 'service-bus' && reason === 'not-found');

export const isCounted = (row: Row): boolean => row.reason !== undefined && !isMissingSecret(row);

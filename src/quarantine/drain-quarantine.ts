import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { Clock } from '../time/clock.js';
import type { QuarantineEntry } from './quarantine-name.js';
import type { GuardedQuarantine, QuarantineLease } from './quarantine-store.js';
import { decodeQuarantined, type QuarantinedDelivery } from './quarantined-delivery.js';

/**
 * What became of a delivery that was verified and sent its way: it is `kept`; it was `refused`, as forged or for what it says;
 * or it could be neither `not-now`.
 */
export type Fate = 'kept' | 'refused' | 'not-now';

export interface DrainQuarantinePorts {
  readonly store: Omit<GuardedQuarantine, 'create'>;
  /** Whether that provider's deliveries can be verified now, by all that its secret's versions are. */
  readonly canVerify: (provider: string) => Promise<boolean>;
  /** The ordinary way of a delivery, judged at its time of arrival. Harmless to repeat. */
  readonly take: (delivery: QuarantinedDelivery) => Promise<Fate>;
  /** What no secret came for in so long is put aside. */
  readonly maxAgeMs: number;
  readonly clock: Pick<Clock, 'monotonicMs' | 'epochMs'>;
  readonly log: Log;
  readonly metrics: Metrics;
}

export type StopReason = 'time-limit' | 'blob-storage' | 'no-secret' | 'not-kept' | 'another-instance';

/** What one run did; `stoppedBy` says why deliveries are left, one reason for each provider that has some. */
export interface QuarantineReport {
  readonly kept: number;
  readonly refused: number;
  readonly putAside: number;
  readonly stoppedBy: readonly string[];
}

export type DrainQuarantine = (untilMs: number) => Promise<QuarantineReport>;

const callTimeoutMs = 8_000;

interface Tally {
  kept: number;
  refused: number;
  putAside: number;
}

type Step = { readonly kind: 'next' } | { readonly kind: 'stop'; readonly reason: StopReason };

const next: Step = { kind: 'next' };
const stop = (reason: StopReason): Step => ({ kind: 'stop', reason });

const outcomes = { kept: 'released', refused: 'refused' } as const;

const putAside = async (
  { store, log, metrics }: DrainQuarantinePorts,
  tally: Tally,
  { entry, lease, bytes, reason }: Aside,
): Promise<Step> => {
  const { name: record, provider } = entry;
  const moved = await store.putAside(lease, bytes, callTimeoutMs);
  if (!moved.ok) return stop('blob-storage');
  tally.putAside += 1;
  log.write('error', 'quarantine.put-aside', { provider, record, reason });
  metrics.count('breakwater_quarantine_deliveries_total', { provider, outcome: 'put-aside' });
  return next;
};

interface Aside {
  readonly entry: QuarantineEntry;
  readonly lease: QuarantineLease;
  readonly bytes: Buffer;
  readonly reason: string;
}

/** A bug that one delivery brings out would bring itself out again: it must not hold up the others. */
const takeSafely = async (
  { take }: DrainQuarantinePorts,
  delivery: QuarantinedDelivery,
): Promise<Fate | { readonly bug: string }> => {
  try {
    return await take(delivery);
  } catch (bug) {
    return { bug: bug instanceof Error ? bug.name : typeof bug };
  }
};

const decide = async (
  ports: DrainQuarantinePorts,
  tally: Tally,
  { entry, lease, bytes }: Omit<Aside, 'reason'>,
): Promise<Step> => {
  const { store, metrics } = ports;
  const { provider } = entry;
  const delivery = decodeQuarantined(bytes);
  if (delivery?.provider !== provider) return putAside(ports, tally, { entry, lease, bytes, reason: 'unreadable' });
  const fate = await takeSafely(ports, delivery);
  if (typeof fate === 'object') return putAside(ports, tally, { entry, lease, bytes, reason: fate.bug });
  if (fate === 'not-now') {
    await store.release(lease, callTimeoutMs);
    return stop('not-kept');
  }
  tally[fate] += 1;
  metrics.count('breakwater_quarantine_deliveries_total', { provider, outcome: outcomes[fate] });
  return (await store.remove(lease, callTimeoutMs)).ok ? next : stop('blob-storage');
};

/** Leases a record and reads it: the sole right to decide on it, for longer than that takes. */
const withRecord = async (
  { store }: DrainQuarantinePorts,
  entry: QuarantineEntry,
  work: (lease: QuarantineLease, bytes: Buffer) => Promise<Step>,
): Promise<Step> => {
  const leased = await store.lease(entry.name, callTimeoutMs);
  if (!leased.ok) return stop('blob-storage');
  if (leased.value === 'gone') return next;
  if (leased.value === 'taken') return stop('another-instance');
  const lease = leased.value;
  const read = await store.read(entry.name, callTimeoutMs);
  if (read.ok) return read.value === 'gone' ? next : work(lease, read.value);
  await store.release(lease, callTimeoutMs);
  return stop('blob-storage');
};

interface Line {
  readonly provider: string;
  /** Oldest first. */
  readonly entries: readonly QuarantineEntry[];
  readonly untilMs: number;
}

/** Nobody can verify these any more; what is younger waits on. */
const putOldAside = async (ports: DrainQuarantinePorts, tally: Tally, { entries }: Line): Promise<Step> => {
  const nowMs = ports.clock.epochMs();
  for (const entry of entries) {
    if (nowMs - entry.arrivedMs < ports.maxAgeMs) break;
    const reason = 'too-old';
    const step = await withRecord(ports, entry, (lease, bytes) =>
      putAside(ports, tally, { entry, lease, bytes, reason }),
    );
    if (step.kind === 'stop') return step;
  }
  return stop('no-secret');
};

/** One after the other: a conversation's deliveries go their way in the order they came. */
const drainLine = async (ports: DrainQuarantinePorts, tally: Tally, line: Line): Promise<Step> => {
  if (!(await ports.canVerify(line.provider))) return putOldAside(ports, tally, line);
  for (const entry of line.entries) {
    if (ports.clock.monotonicMs() >= line.untilMs) return stop('time-limit');
    const step = await withRecord(ports, entry, (lease, bytes) => decide(ports, tally, { entry, lease, bytes }));
    if (step.kind === 'stop') return step;
  }
  return next;
};

const listAll = async ({ store }: DrainQuarantinePorts): Promise<readonly QuarantineEntry[] | undefined> => {
  const all: QuarantineEntry[] = [];
  let from: string | undefined;
  do {
    const page = await store.list(from, callTimeoutMs);
    if (!page.ok) return undefined;
    all.push(...page.value.entries);
    from = page.value.next;
  } while (from !== undefined);
  return all;
};

/**
 * Verifies what waits in quarantine and lets the genuine ones go their ordinary way; the others are deleted. Every provider has a
 * line of its own, oldest first, that stops at the first delivery which can be neither kept nor refused. A record ends only after
 * its delivery is kept; so a run may be killed anywhere, and several may run at once.
 */
export const createDrainQuarantine =
  (ports: DrainQuarantinePorts): DrainQuarantine =>
  async (untilMs) => {
    const tally: Tally = { kept: 0, refused: 0, putAside: 0 };
    const all = await listAll(ports);
    if (all === undefined) return { ...tally, stoppedBy: ['blob-storage'] };
    const lines = [...Map.groupBy(all, ({ provider }) => provider)];
    const stoppedBy = await Promise.all(
      lines.map(async ([provider, entries]) => {
        const step = await drainLine(ports, tally, { provider, entries, untilMs });
        return step.kind === 'stop' ? [`${provider}: ${step.reason}`] : [];
      }),
    );
    return { ...tally, stoppedBy: stoppedBy.flat() };
  };

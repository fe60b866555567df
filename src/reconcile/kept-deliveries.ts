import { eventFileOf, safeFileName } from '../archive/blob-form.js';
import type { GuardedList } from '../archive/guarded-archive.js';
import type { GuardedOutbox, PendingRecord } from '../outbox/record/outbox-store.js';
import type { QuarantineEntry } from '../quarantine/quarantine-name.js';
import type { GuardedQuarantine } from '../quarantine/quarantine-store.js';
import { decodeQuarantined } from '../quarantine/quarantined-delivery.js';
import type { MissedDelivery } from './missed-deliveries.js';

export interface KeptDeliveriesPorts {
  readonly list: GuardedList;
  readonly outbox: Pick<GuardedOutbox, 'list' | 'read'>;
  readonly quarantine: Pick<GuardedQuarantine, 'list' | 'read'>;
  readonly timeoutMs: number;
}

/** In which senders with a history say a delivery's id. */
const idHeaders: ReadonlySet<string> = new Set([
  'x-github-delivery',
  'webhook-id',
  'idempotency-key',
  'x-gitlab-event-uuid',
]);

const dayMs = 86_400_000;
/** Sender's clock and ours. */
const skewMs = 5 * 60_000;
const maxPages = 20;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');

/** The days on which the delivery may have come: from its first attempt to its last. */
const daysOf = ({ firstAtMs, lastAtMs }: MissedDelivery): readonly string[] => {
  const days = new Set<string>();
  for (let ms = firstAtMs - skewMs; ms <= lastAtMs + skewMs + dayMs; ms += dayMs)
    days.add(dayOf(Math.min(ms, lastAtMs + skewMs)));
  return [...days];
};

/** What a listing says; not `whole`: it could not be read to its end. */
interface Listing<T> {
  readonly entries: readonly T[];
  readonly isWhole: boolean;
}

/** What the outbox holds, by the file that each event has in the archive. */
interface Owed {
  readonly byFile: ReadonlyMap<string, readonly PendingRecord[]>;
  readonly isWhole: boolean;
}

interface ListingPage<T> {
  readonly entries: readonly T[];
  readonly next?: string | undefined;
}

type ReadPage<T> = (from: string | undefined) => Promise<ListingPage<T> | undefined>;

const readListing = async <T>(signal: AbortSignal, readPage: ReadPage<T>): Promise<Listing<T>> => {
  const entries: T[] = [];
  let from: string | undefined;
  for (let pages = 0; pages < maxPages && !signal.aborted; pages += 1) {
    const page = await readPage(from);
    if (page === undefined) break;
    entries.push(...page.entries);
    from = page.next;
    if (from === undefined) return { entries, isWhole: true };
  }
  return { entries, isWhole: false };
};

/** Whether a delivery is kept here; `undefined` when storage cannot say. */
export type IsKept = (provider: string, delivery: MissedDelivery) => Promise<boolean | undefined>;

/**
 * Whether deliveries that their sender calls failed are archived, owed or quarantined here all the same. Outbox and quarantine are listed
 * once for each run, before the archive is looked at: what moves there meanwhile is found in one or the other.
 */
export const createKeptDeliveries = (ports: KeptDeliveriesPorts): ((signal: AbortSignal) => IsKept) => {
  const { list, outbox, quarantine, timeoutMs } = ports;

  const readOwed = async (signal: AbortSignal): Promise<Owed> => {
    const { entries, isWhole } = await readListing(signal, async (from) => {
      const page = await outbox.list(from, timeoutMs);
      return page.ok ? { entries: page.value.records, next: page.value.next } : undefined;
    });
    return { byFile: Map.groupBy(entries, ({ name }) => eventFileOf(name)), isWhole };
  };

  const readQuarantined = async (signal: AbortSignal): Promise<Listing<QuarantineEntry>> =>
    readListing(signal, async (from) => {
      const page = await quarantine.list(from, timeoutMs);
      return page.ok ? page.value : undefined;
    });

  /** By the record itself: hooks of several providers share the ids of their deliveries, and the name says the id alone. */
  const isOwedTo = async (provider: string, { name, shown }: PendingRecord): Promise<boolean | undefined> => {
    const listed = shown?.();
    if (listed !== undefined) return listed.record.attributes.provider === provider;
    const reading = await outbox.read(name, timeoutMs);
    if (!reading.ok || reading.value === 'gone') return undefined;
    return reading.value !== 'unreadable' && reading.value.record.attributes.provider === provider;
  };

  /** The ids that a quarantined delivery came with; `undefined`: it could not be read, or has left since it was listed. */
  const readIds = async (name: string): Promise<readonly string[] | undefined> => {
    const reading = await quarantine.read(name, timeoutMs);
    if (!reading.ok || reading.value === 'gone') return undefined;
    return (decodeQuarantined(reading.value)?.headers ?? []).flatMap(([header, value]) =>
      idHeaders.has(header) ? [value] : [],
    );
  };

  const isArchived = async (provider: string, delivery: MissedDelivery): Promise<boolean | undefined> => {
    const file = safeFileName(delivery.deliveryId);
    for (const day of daysOf(delivery)) {
      const page = await list(`${provider}/${day}/${file}`, undefined, timeoutMs);
      if (!page.ok) return undefined;
      if (page.value.entries.some(({ name }) => eventFileOf(name) === file)) return true;
    }
    return false;
  };

  const isOwed = async ({ byFile, isWhole }: Owed, provider: string, { deliveryId }: MissedDelivery) => {
    for (const record of byFile.get(safeFileName(deliveryId)) ?? []) {
      const isIts = await isOwedTo(provider, record);
      if (isIts !== false) return isIts;
    }
    return isWhole ? false : undefined;
  };

  return (signal) => {
    let listings: readonly [Promise<Owed>, Promise<Listing<QuarantineEntry>>] | undefined;
    const ids = new Map<string, Promise<readonly string[] | undefined>>();
    const idsOf = (name: string): Promise<readonly string[] | undefined> => {
      const reading = ids.get(name) ?? readIds(name);
      ids.set(name, reading);
      return reading;
    };

    const isQuarantined = async (
      { entries, isWhole }: Listing<QuarantineEntry>,
      provider: string,
      { deliveryId, firstAtMs, lastAtMs }: MissedDelivery,
    ) => {
      const near = entries.filter(
        ({ provider: its, arrivedMs }) =>
          its === provider && arrivedMs >= firstAtMs - skewMs && arrivedMs <= lastAtMs + skewMs,
      );
      const all = await Promise.all(near.map(({ name }) => idsOf(name)));
      if (all.some((held) => held?.includes(deliveryId))) return true;
      return isWhole && !all.includes(undefined) ? false : undefined;
    };

    return async (provider, delivery) => {
      listings ??= [readOwed(signal), readQuarantined(signal)];
      const [owed, quarantined] = await Promise.all(listings);
      if (signal.aborted) return undefined;
      let isKnown = true;
      for (const look of [
        () => isArchived(provider, delivery),
        () => isOwed(owed, provider, delivery),
        () => isQuarantined(quarantined, provider, delivery),
      ]) {
        const kept = await look();
        if (kept === true) return true;
        isKnown &&= kept !== undefined;
      }
      return isKnown ? false : undefined;
    };
  };
};

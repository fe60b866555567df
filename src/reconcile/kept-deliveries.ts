import { eventFileOf, safeFileName } from '../archive/blob-form.js';
import type { GuardedList } from '../archive/guarded-archive.js';
import type { GuardedOutbox, PendingRecord } from '../outbox/record/outbox-store.js';
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

interface Look {
  readonly provider: string;
  readonly delivery: MissedDelivery;
  readonly signal: AbortSignal;
}

/** The days on which the delivery may have come: from its first attempt to its last. */
const daysOf = ({ firstAtMs, lastAtMs }: MissedDelivery): readonly string[] => {
  const days = new Set<string>();
  for (let ms = firstAtMs - skewMs; ms <= lastAtMs + skewMs + dayMs; ms += dayMs)
    days.add(dayOf(Math.min(ms, lastAtMs + skewMs)));
  return [...days];
};

/**
 * Whether a delivery that its sender calls failed is archived, owed or quarantined here all the same; `undefined` when storage cannot
 * say. Nothing of what it looks at was asked for per webhook: it reads listings by name.
 */
export const createKeptDeliveries = (ports: KeptDeliveriesPorts) => {
  const { list, outbox, quarantine, timeoutMs } = ports;

  const isArchived = async ({ provider, delivery, signal }: Look): Promise<boolean | undefined> => {
    const file = safeFileName(delivery.deliveryId);
    for (const day of daysOf(delivery)) {
      if (signal.aborted) return undefined;
      const page = await list(`${provider}/${day}/${file}`, undefined, timeoutMs);
      if (!page.ok) return undefined;
      if (page.value.entries.some(({ name }) => eventFileOf(name) === file)) return true;
    }
    return false;
  };

  /** By the record itself: hooks of several providers share the ids of their deliveries, and the name says the id alone. */
  const isOwedTo = async (provider: string, { name, shown }: PendingRecord): Promise<boolean | undefined> => {
    const listed = shown?.();
    if (listed !== undefined) return listed.record.attributes.provider === provider;
    const reading = await outbox.read(name, timeoutMs);
    if (!reading.ok || reading.value === 'gone') return undefined;
    return reading.value !== 'unreadable' && reading.value.record.attributes.provider === provider;
  };

  const isOwed = async ({ provider, delivery, signal }: Look): Promise<boolean | undefined> => {
    const file = safeFileName(delivery.deliveryId);
    let from: string | undefined;
    for (let pages = 0; pages < maxPages && !signal.aborted; pages += 1) {
      const page = await outbox.list(from, timeoutMs);
      if (!page.ok) return undefined;
      for (const record of page.value.records.filter(({ name }) => eventFileOf(name) === file)) {
        const isIts = await isOwedTo(provider, record);
        if (isIts !== false) return isIts;
      }
      from = page.value.next;
      if (from === undefined) return false;
    }
    return undefined;
  };

  const isQuarantined = async ({ provider, delivery, signal }: Look): Promise<boolean | undefined> => {
    let from: string | undefined;
    for (let pages = 0; pages < maxPages && !signal.aborted; pages += 1) {
      const page = await quarantine.list(from, timeoutMs);
      if (!page.ok) return undefined;
      const near = page.value.entries.filter(
        (entry) =>
          entry.provider === provider &&
          entry.arrivedMs >= delivery.firstAtMs - skewMs &&
          entry.arrivedMs <= delivery.lastAtMs + skewMs,
      );
      for (const { name } of near) {
        const reading = await quarantine.read(name, timeoutMs);
        if (!reading.ok) return undefined;
        const held = reading.value === 'gone' ? undefined : decodeQuarantined(reading.value);
        if (held?.headers.some(([header, value]) => idHeaders.has(header) && value === delivery.deliveryId))
          return true;
      }
      from = page.value.next;
      if (from === undefined) return false;
    }
    return undefined;
  };

  return async (provider: string, delivery: MissedDelivery, signal: AbortSignal): Promise<boolean | undefined> => {
    let isKnown = true;
    for (const look of [isArchived, isOwed, isQuarantined]) {
      const kept = await look({ provider, delivery, signal });
      if (kept === true) return true;
      isKnown &&= kept !== undefined;
    }
    return isKnown ? false : undefined;
  };
};

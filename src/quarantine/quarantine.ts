import type { GuardedSend } from '../routing/route-event.js';
import type { Clock } from '../time/clock.js';
import { QuarantineBounds } from './quarantine-bounds.js';
import type { QuarantineLimits } from './quarantine-count.js';
import { buildQuarantineMessage } from './quarantine-message.js';
import { networkMark, type QuarantineEntry, quarantineName } from './quarantine-name.js';
import type { GuardedQuarantine } from './quarantine-store.js';
import { encodeQuarantined, type QuarantinedDelivery } from './quarantined-delivery.js';

export interface QuarantinePorts {
  readonly store: Pick<GuardedQuarantine, 'create' | 'list'>;
  readonly send: GuardedSend;
  readonly limits: QuarantineLimits;
  /** What callers are counted by. */
  readonly networkOf: (clientAddress: string | undefined) => string;
  /** Largest message, in bytes, that the backlog takes. */
  readonly maxMessageBytes: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** What each of the two stores may take of the caller's time, in milliseconds, asked when it is its turn. */
export interface QuarantineTime {
  readonly storeMs: () => number;
  readonly backlogMs: () => number;
}

/** Where a delivery was written down; `full`: there is no room, and no call was made; `failed`: neither store took it. */
export type Quarantining = 'blob-storage' | 'service-bus' | 'full' | 'failed';

export type Quarantine = (delivery: QuarantinedDelivery, time: QuarantineTime) => Promise<Quarantining>;

const listTimeoutMs = 1_000;

/** About what stands before a body: nothing is copied for a delivery that finds no room. */
const headBytes = 2_048;

const createListAll =
  ({ store, clock }: QuarantinePorts) =>
  async (): Promise<readonly QuarantineEntry[] | undefined> => {
    const untilMs = clock.monotonicMs() + listTimeoutMs;
    const all: QuarantineEntry[] = [];
    let from: string | undefined;
    do {
      const page = await store.list(from, untilMs - clock.monotonicMs());
      if (!page.ok) return undefined;
      all.push(...page.value.entries);
      from = page.value.next;
    } while (from !== undefined);
    return all;
  };

/**
 * Writes down deliveries that cannot be verified now: into the container of the quarantine, else, where it fits a message, into the
 * backlog queue, from which the timer moves it there. Durable when it answers with a store. Nothing of it is trusted.
 */
export const createQuarantine = (ports: QuarantinePorts): Quarantine => {
  const { store, send, limits, networkOf, maxMessageBytes } = ports;
  const bounds = new QuarantineBounds({ limits, listAll: createListAll(ports), clock: ports.clock });
  let sequence = 0;

  const write = async (name: string, bytes: Buffer, { storeMs, backlogMs }: QuarantineTime): Promise<Quarantining> => {
    if ((await store.create(name, bytes, storeMs())).ok) return 'blob-storage';
    if (bytes.length > maxMessageBytes) return 'failed';
    const { queue, message } = buildQuarantineMessage(name, bytes);
    return (await send(queue, message, backlogMs())).ok ? 'service-bus' : 'failed';
  };

  return async (delivery, time) => {
    const { provider, receivedAt, clientAddress, correlationId } = delivery;
    const network = networkMark(networkOf(clientAddress));
    const candidate = { provider, network, bytes: delivery.body.length + headBytes };
    sequence += 1;
    const name = quarantineName({ provider, receivedAt, network, sequence, unique: correlationId });
    if (!(await bounds.admit(candidate))) return 'full';
    const written = await write(name, encodeQuarantined(delivery), time);
    bounds.settled(candidate);
    return written;
  };
};

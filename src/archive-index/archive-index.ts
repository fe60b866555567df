import * as z from 'zod/mini';
import type { ArchivedEvent } from '../archive/archived-event.js';
import type { ArchivedPayload, PayloadToArchive } from '../archive/payload-archive.js';
import type { Clock } from '../time/clock.js';
import type { IndexStore } from './index-store.js';
import { begunName, partName } from './part-name.js';

const text = z.string();

const indexedDeliverySchema = z.object({
  id: text,
  type: text,
  event: text,
  source: text,
  subject: z.optional(text),
  /** When it arrived, RFC 3339 UTC. */
  time: z.iso.datetime(),
  provider: text,
  repository: z.optional(text),
  /** Its name in the archive. */
  archived: text,
  bytes: z.number(),
  signature: text,
});

/** What a list shows of one archived delivery, known without reading the archive. */
export type IndexedDelivery = Readonly<z.infer<typeof indexedDeliverySchema>>;

type Facts = Pick<PayloadToArchive, 'attributes' | 'repository' | 'signatureStatus'>;

/** For a delivery that was just archived under `archived`. */
export const deliveryOf = (
  { attributes, repository, signatureStatus }: Omit<Facts, 'signatureStatus'> & { readonly signatureStatus: string },
  { archived, bytes }: Pick<IndexedDelivery, 'archived' | 'bytes'>,
): IndexedDelivery => {
  const { id, type, event, source, subject, time, provider } = attributes;
  const optional = { ...(subject !== undefined && { subject }), ...(repository !== undefined && { repository }) };
  return { id, type, event, source, ...optional, time, provider, archived, bytes, signature: signatureStatus };
};

/** For a delivery as the archive's own listing shows it. */
export const deliveryFrom = (event: ArchivedEvent): IndexedDelivery =>
  deliveryOf(event, { archived: event.name, bytes: event.size });

/** Newest first; at the same moment, by name. */
export const byNewest = (one: Place, other: Place): number => {
  if (one.time !== other.time) return one.time > other.time ? -1 : 1;
  return one.archived > other.archived ? -1 : one.archived < other.archived ? 1 : 0;
};

/** A place in the order of deliveries. */
export type Place = Pick<IndexedDelivery, 'time' | 'archived'>;

/** One line of JSON for each. */
export const encodeDeliveries = (deliveries: readonly IndexedDelivery[]): Buffer =>
  Buffer.from(deliveries.map((delivery) => `${JSON.stringify(delivery)}\n`).join(''));

const parseLine = (line: string): readonly IndexedDelivery[] => {
  try {
    const { data } = indexedDeliverySchema.safeParse(JSON.parse(line));
    return data === undefined ? [] : [data];
  } catch {
    return [];
  }
};

/** What was encoded; other lines are skipped. */
export const decodeDeliveries = (bytes: Buffer): readonly IndexedDelivery[] =>
  bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : parseLine(line)));

export interface ArchiveIndexPorts {
  readonly store: Pick<IndexStore, 'write'>;
  readonly clock: Clock;
  /** This process's own name, in letters, digits and hyphens. */
  readonly writer: string;
  /** The storage breaker, for reading only: storage that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
  /** Runs what belongs to no request outside of the one that happened to start it. */
  readonly outside: <T>(work: () => T) => T;
}

/** After a pause soon, so that who watches another instance sees it; while deliveries come, once a second. */
const write = { soonMs: 250, everyMs: 1_000 } as const;
const callTimeoutMs = 30_000;
/** What storage fails to take is kept for later, up to so many. */
const maxWaiting = 50_000;
/** Longer than readers go without a listing. */
const writtenKeptMs = 20_000;
const maxWritten = 5_000;

/** A part that this process wrote. */
export interface OwnPart {
  readonly name: string;
  readonly deliveries: readonly IndexedDelivery[];
}

const minuteOfDelivery = ({ time }: IndexedDelivery): string => time.slice(0, '2026-01-31T23:59'.length);

/**
 * Writes down what this process archived, in the order of time, so that lists need not read the archive, whose names are in no such
 * order. A webhook costs no call: what was archived is written every second in one. Never throws. Lists are for people: what a
 * killed process had not written is missing from them, never from the archive.
 */
export class ArchiveIndex {
  readonly #ports: ArchiveIndexPorts;
  #waiting: IndexedDelivery[] = [];
  #written: readonly (OwnPart & { readonly atMs: number })[] = [];
  #sequence = 0;
  #begunDay: string | undefined;
  #isWriting = false;
  #triedMs = Number.NEGATIVE_INFINITY;

  constructor(ports: ArchiveIndexPorts) {
    this.#ports = ports;
  }

  /** What no part holds yet. */
  get waiting(): readonly IndexedDelivery[] {
    return this.#waiting;
  }

  /** What was written a moment ago, up to so many deliveries: it need not be listed. */
  get written(): readonly OwnPart[] {
    return this.#written;
  }

  /** A delivery that the archive had already is noted no second time. */
  noteArchived(payload: PayloadToArchive, { name: archived, duplicate }: ArchivedPayload): void {
    if (!duplicate) this.note(deliveryOf(payload, { archived, bytes: payload.body.length }));
  }

  note(delivery: IndexedDelivery): void {
    if (this.#waiting.length >= maxWaiting) return;
    this.#waiting.push(delivery);
    if (this.#waiting.length === 1) this.#writeSoon();
  }

  /** Writes what waits now, one part for each minute. Never rejects. */
  async write(): Promise<void> {
    const { store, circuit, writer } = this.#ports;
    if (this.#isWriting || this.#waiting.length === 0) return;
    this.#isWriting = true;
    this.#triedMs = this.#ports.clock.monotonicMs();
    try {
      await this.#begin();
      for (const part of Map.groupBy(this.#waiting, minuteOfDelivery).values()) {
        if (!circuit.isHealthy) break;
        const written = new Set(part);
        const timeMs = Date.parse(part[0]?.time ?? '');
        this.#sequence += 1;
        const name = partName({ timeMs, writer, sequence: this.#sequence });
        await store.write(name, encodeDeliveries(part), AbortSignal.timeout(callTimeoutMs));
        this.#keep({ name, deliveries: part.toSorted(byNewest) });
        this.#waiting = this.#waiting.filter((delivery) => !written.has(delivery));
      }
    } catch {
      // It waits for the next time; what was written twice is listed once.
    } finally {
      this.#isWriting = false;
      if (this.#waiting.length > 0) this.#writeSoon();
    }
  }

  #keep(part: OwnPart): void {
    const atMs = this.#ports.clock.monotonicMs();
    let count = 0;
    this.#written = [{ ...part, atMs }, ...this.#written].filter((each) => {
      count += each.deliveries.length;
      return count <= maxWritten && atMs - each.atMs < writtenKeptMs;
    });
  }

  /** From then on the index knows all. Said each day, for a rule of the storage account ends it with what it says. */
  async #begin(): Promise<void> {
    const { store, clock, circuit } = this.#ports;
    const begunAt = new Date(clock.epochMs()).toISOString();
    const day = begunAt.slice(0, 10);
    if (this.#begunDay === day || !circuit.isHealthy) return;
    await store.write(begunName, Buffer.from(begunAt), AbortSignal.timeout(callTimeoutMs));
    this.#begunDay = day;
  }

  #writeSoon(): void {
    const { clock, outside } = this.#ports;
    const delayMs = Math.max(write.soonMs, this.#triedMs + write.everyMs - clock.monotonicMs());
    outside(() => clock.startTimer(delayMs, () => void this.write()));
  }
}

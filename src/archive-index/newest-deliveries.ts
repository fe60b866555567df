import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Clock } from '../time/clock.js';
import { createSharedLook } from '../time/shared-look.js';
import { type ArchiveIndex, byNewest, decodeDeliveries, type IndexedDelivery } from './archive-index.js';
import type { IndexPage, IndexStart, IndexStore } from './index-store.js';
import { mergeNewest } from './merge-newest.js';
import { begunName, minuteIn, minuteOf } from './part-name.js';

/** Deliveries of one stretch of time, newest first; each batch is older than the one before. */
export type Batches = AsyncGenerator<CallResult<readonly IndexedDelivery[], ArchiveError>, void>;

export interface IndexReaderPorts {
  readonly store: IndexStore;
  readonly storage: GuardedCall<unknown, ArchiveError>;
  /** What this process noted itself: known without a listing. */
  readonly own: Pick<ArchiveIndex, 'waiting' | 'written'>;
  readonly clock: Pick<Clock, 'epochMs' | 'monotonicMs'>;
}

const callTimeoutMs = 8_000;
const readTogether = 32;
/** How much later one sees what other instances wrote, also where storage is slow: it is one short page. */
const freshMs = 1_000;
/** The clocks of two instances differ by less than this. */
const clockSkewMs = 300_000;
/** Parts never change, so those that were read last are kept, up to so many deliveries. */
const maxKept = 20_000;

const minuteOfDelivery = ({ time }: IndexedDelivery): string => minuteOf(Date.parse(time));

type Parts = readonly (readonly IndexedDelivery[])[];

type ReadMinutes = CallResult<readonly (readonly [minute: string, Parts])[], ArchiveError>;

/** Reads the index, newest first. */
export class IndexReader {
  readonly #ports: IndexReaderPorts;
  readonly #kept = new Map<string, readonly IndexedDelivery[]>();
  #keptCount = 0;
  /** The newest names, shared by all callers. */
  readonly #head: () => Promise<CallResult<IndexPage, ArchiveError>>;
  #begunMs: number | undefined;

  constructor(ports: IndexReaderPorts) {
    this.#ports = ports;
    const look = () => this.#list({ name: minuteOf(ports.clock.epochMs() + clockSkewMs) });
    this.#head = createSharedLook({ look, clock: ports.clock, freshMs, mostRestMs: freshMs, keeps: ({ ok }) => ok });
  }

  /** Since when the index knows everything; `undefined`: it does not exist. */
  async begunMs(): Promise<CallResult<number | undefined, ArchiveError>> {
    if (this.#begunMs !== undefined) return { ok: true, value: this.#begunMs };
    const reading = await this.#call((signal) => this.#ports.store.read(begunName, signal));
    if (!reading.ok) return reading;
    const begunMs = Date.parse(reading.value.toString());
    if (!Number.isNaN(begunMs)) this.#begunMs = begunMs;
    return { ok: true, value: this.#begunMs };
  }

  /** What arrived at or after `sinceMs`, beginning with the minute of `beforeMs`. */
  async *newest({ beforeMs, sinceMs }: { readonly beforeMs: number; readonly sinceMs: number }): Batches {
    const first = minuteOf(beforeMs);
    const last = minuteOf(sinceMs);
    const waiting = Map.groupBy(this.#ports.own.waiting, minuteOfDelivery);
    const isWanted = ([minute]: readonly [string, unknown]): boolean => minute >= first && minute <= last;
    const unwritten = new Map([...waiting].filter(isWanted).toSorted());
    for (const { name, deliveries } of this.#ports.own.written) this.#keep(name, deliveries);
    for await (const page of this.#minutes(first, last)) {
      if (!page.ok) return yield page;
      const read = await this.#readAll(page.value);
      if (!read.ok) return yield read;
      for (const [minute, parts] of read.value) {
        for (const [newer, own] of unwritten) {
          if (newer >= minute) break;
          unwritten.delete(newer);
          yield* batchesOf([own]);
        }
        const own = unwritten.get(minute) ?? [];
        unwritten.delete(minute);
        yield* batchesOf([own, ...parts]);
      }
    }
    for (const own of unwritten.values()) yield* batchesOf([own]);
  }

  /** Names of parts by their minutes, the newest first; no minute is torn apart. */
  async *#minutes(
    first: string,
    last: string,
  ): AsyncGenerator<CallResult<ReadonlyMap<string, readonly string[]>, ArchiveError>, void> {
    let torn: readonly string[] = [];
    let start: IndexStart | undefined = { name: first };
    while (start !== undefined) {
      const from: IndexStart = start;
      const page: CallResult<IndexPage, ArchiveError> = await this.#page(from);
      if (!page.ok) return yield page;
      const { names, next } = page.value;
      const listed = names.filter((name) => name !== begunName && minuteIn(name) >= first);
      const isPast = listed.some((name) => minuteIn(name) > last);
      const wanted = [...torn, ...listed.filter((name) => minuteIn(name) <= last)];
      const minutes = Map.groupBy(wanted, minuteIn);
      const lastMinute = wanted.at(-1);
      start = next === undefined || isPast ? undefined : { next };
      torn = start === undefined || lastMinute === undefined ? [] : (minutes.get(minuteIn(lastMinute)) ?? []);
      if (torn.length > 0 && lastMinute !== undefined) minutes.delete(minuteIn(lastMinute));
      yield* inTurns(minutes);
    }
  }

  async #readAll(minutes: ReadonlyMap<string, readonly string[]>): Promise<ReadMinutes> {
    const names = [...minutes.values()].flat();
    for (let next = 0; next < names.length; next += readTogether) {
      const readings = await Promise.all(names.slice(next, next + readTogether).map((name) => this.#read(name)));
      const failed = readings.find((reading) => !reading.ok);
      if (failed !== undefined && !failed.ok) return failed;
    }
    const read = [...minutes].map(([minute, parts]) => {
      return [minute, parts.map((name) => this.#kept.get(name) ?? [])] as const;
    });
    this.#forget(new Set(names));
    return { ok: true, value: read };
  }

  async #read(name: string): Promise<CallResult<unknown, ArchiveError>> {
    if (this.#kept.has(name)) return { ok: true, value: undefined };
    const reading = await this.#call((signal) => this.#ports.store.read(name, signal));
    if (!reading.ok) return reading;
    this.#keep(name, decodeDeliveries(reading.value).toSorted(byNewest));
    return { ok: true, value: undefined };
  }

  #keep(name: string, newestFirst: readonly IndexedDelivery[]): void {
    if (this.#kept.has(name)) return;
    this.#kept.set(name, newestFirst);
    this.#keptCount += newestFirst.length;
  }

  #forget(justRead: ReadonlySet<string>): void {
    for (const [name, deliveries] of this.#kept) {
      if (this.#keptCount <= maxKept) return;
      if (justRead.has(name)) continue;
      this.#kept.delete(name);
      this.#keptCount -= deliveries.length;
    }
  }

  /** Names from a place on. All callers share one listing of the newest, and this process's own are added. */
  async #page(from: IndexStart): Promise<CallResult<IndexPage, ArchiveError>> {
    const isNewest = 'name' in from && from.name <= minuteOf(this.#ports.clock.epochMs());
    if (!isNewest) return this.#list(from);
    const head = await this.#head();
    if (!head.ok) return head;
    const { names, next } = head.value;
    const end = next === undefined ? undefined : names.at(-1);
    const own = this.#ports.own.written.map(({ name }) => name).filter((name) => end === undefined || name < end);
    const all = [...new Set([...names, ...own])].toSorted();
    return { ok: true, value: { names: all, ...(next !== undefined && { next }) } };
  }

  #list(from: IndexStart): Promise<CallResult<IndexPage, ArchiveError>> {
    return this.#call((signal) => this.#ports.store.list(from, signal));
  }

  #call<T>(work: (signal: AbortSignal) => Promise<T>): Promise<CallResult<T, ArchiveError>> {
    return this.#ports.storage.call(work, { timeoutMs: callTimeoutMs });
  }
}

function* batchesOf([own = [], ...parts]: Parts): Generator<
  CallResult<readonly IndexedDelivery[], ArchiveError>,
  void
> {
  for (const value of mergeNewest([own.toSorted(byNewest), ...parts])) yield { ok: true, value };
}

/** So many names at once, or one minute's: a page is mostly full after the first. */
function* inTurns(
  minutes: ReadonlyMap<string, readonly string[]>,
): Generator<CallResult<ReadonlyMap<string, readonly string[]>, ArchiveError>, void> {
  let turn = new Map<string, readonly string[]>();
  let count = 0;
  for (const [minute, names] of minutes) {
    turn.set(minute, names);
    count += names.length;
    if (count < readTogether) continue;
    yield { ok: true, value: turn };
    [turn, count] = [new Map(), 0];
  }
  if (turn.size > 0) yield { ok: true, value: turn };
}

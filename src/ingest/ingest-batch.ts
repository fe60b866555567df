import { hash } from 'node:crypto';
import type { Batch } from '../batches/batch.js';
import type { EventContext, EventWay } from './event-way.js';
import { type BatchOutcome, type EventOutcome, isKept, type StoredBatch } from './outcome.js';
import { eventsOf, type ReadBatch, type ReadEvent } from './read-delivery.js';
import { type BatchPlace, type StoreBatchPorts, saveLeft, storeBatch } from './store-batch.js';
import { takeEvents } from './take-events.js';
import type { RequestBudget } from './time-limits.js';

/** Batches that are remembered: those that were refused for some of their events, until they come again. */
const mostBatches = 64;

type KeptOutcomes = ReadonlyMap<number, EventOutcome>;

/** Which events of a rejected batch were kept, so that its repeat gets further. Only on this instance. */
export class KeptEvents {
  readonly #batches = new Map<string, KeptOutcomes>();

  /** Returns what is known of a batch, and forgets it. */
  take(batch: string): KeptOutcomes {
    const kept = this.#batches.get(batch) ?? new Map<number, EventOutcome>();
    this.#batches.delete(batch);
    return kept;
  }

  remember(batch: string, kept: KeptOutcomes): void {
    this.#batches.set(batch, kept);
    const [oldest] = this.#batches.keys();
    if (this.#batches.size > mostBatches && oldest !== undefined) this.#batches.delete(oldest);
  }
}

export interface BatchPorts extends StoreBatchPorts {
  readonly keptEvents: KeptEvents;
  /** The Service Bus breaker, for reading only. */
  readonly serviceBusCircuit: { readonly isHealthy: boolean; readonly retryAfterMs: number };
}

interface BatchRequest {
  readonly read: ReadBatch;
  readonly context: EventContext;
  readonly way: EventWay;
  readonly budget: RequestBudget;
  readonly totalMs: number;
}

/** Batches up to here are taken event by event, with no call that single events do not need; larger ones are written down first. */
const mostDirectEvents = 32;

/** No event is begun later than that, so that each has time, and what is left can be written down. */
const beginningShare = 0.4;

/** While Service Bus is not known to be well, one event with its copies is what its half-open breaker lets through. */
const atOnce = { healthy: 8, probing: 1 } as const;

/** Ready to be taken: the batch's events, and what of them is still to be taken. */
interface Work extends BatchRequest {
  readonly events: readonly ReadEvent[];
  readonly places: readonly number[];
  /** What is known already, by place. */
  readonly known: KeptOutcomes;
}

const batchOf = ({ read, context }: BatchRequest): Batch => {
  const { provider, correlationId, traceparent, tracestate, secretVersion } = context;
  const { receivedAt, contentType, list } = read;
  return {
    provider: provider.name,
    receivedAt,
    correlationId,
    traceparent,
    tracestate,
    secretVersion,
    contentType,
    list,
  };
};

const take = (ports: BatchPorts, work: Work, mayBegin: () => boolean) => {
  const { serviceBusCircuit } = ports;
  return takeEvents({
    ...work,
    budget: () => work.budget,
    mayBegin: () => work.budget.elapsedMs() < work.totalMs * beginningShare && mayBegin(),
    atOnce: () => (serviceBusCircuit.isHealthy ? atOnce.healthy : atOnce.probing),
  });
};

const outcomeOf = (outcomes: KeptOutcomes, stored?: StoredBatch): BatchOutcome => {
  const inOrder = [...outcomes].toSorted(([one], [other]) => one - other).map(([, outcome]) => outcome);
  return { kind: 'batch', outcomes: inOrder, ...(stored && { stored }) };
};

const together = (known: KeptOutcomes, outcomes: KeptOutcomes): Map<number, EventOutcome> =>
  new Map([...known, ...outcomes]);

/** Event by event; what there was no time for is written down. Of a refused batch what was kept is remembered. */
const takeDirectly = async (ports: BatchPorts, work: Work, key: string): Promise<BatchOutcome> => {
  const { outcomes, left } = await take(ports, work, () => true);
  const all = together(work.known, outcomes);
  const isRefused = [...all.values()].some((outcome) => !isKept(outcome));
  if (left.length === 0 || isRefused) {
    if (isRefused) ports.keptEvents.remember(key, new Map([...all].filter(([, outcome]) => isKept(outcome))));
    return outcomeOf(all);
  }
  const place = await storeBatch(ports, { batch: batchOf(work), places: left, budget: work.budget });
  if (place !== undefined)
    return outcomeOf(all, { where: place.where, events: all.size + left.length, waiting: left.length });
  ports.keptEvents.remember(key, all);
  return outcomeOf(new Map([...all, ...left.map((at): [number, EventOutcome] => [at, notStored])]));
};

const notStored: EventOutcome = {
  kind: 'unavailable',
  code: 'PayloadNotStorable',
  service: 'blob-storage',
  retryAfterMs: 5_000,
  archived: false,
};

/** What is written down is taken at once as far as the time allows; the timer takes the rest. */
const takeStored = async (ports: BatchPorts, work: Work, place: BatchPlace): Promise<BatchOutcome> => {
  const { where } = place;
  const events = work.known.size + work.places.length;
  if (place.where === 'service-bus') return outcomeOf(work.known, { where, events, waiting: work.places.length });
  // An open breaker would make an outbox record of each: the one record of all of them is enough.
  const { outcomes, left } = await take(ports, work, () => ports.serviceBusCircuit.retryAfterMs === 0);
  if (left.length < work.places.length) {
    await saveLeft(ports, { name: place.name, left, timeoutMs: work.budget.shareMs('outbox') });
  }
  const kept = new Map([...outcomes].filter(([, outcome]) => isKept(outcome)));
  return outcomeOf(together(work.known, kept), { where, events, waiting: left.length });
};

/**
 * Takes a batch within the request's budget: a small one event by event, a large one after it was written down as a whole, which is
 * its durable copy. An answer that refuses it keeps in mind what was kept, so that the repeat gets further.
 */
export const ingestBatch = async (ports: BatchPorts, request: BatchRequest): Promise<BatchOutcome> => {
  const { read, context } = request;
  const key = `${context.provider.name} ${hash('sha256', read.list, 'hex')}`;
  const known = together(ports.keptEvents.take(key), new Map());
  if (read.challenge !== undefined) {
    const { place, reply } = read.challenge;
    known.set(place, { kind: 'handshake', reply, secretVersion: context.secretVersion });
  }
  const places = read.values.flatMap((_, index) => (known.has(index) ? [] : [index]));
  const work: Work = { ...request, events: eventsOf(read), places, known };
  if (places.length <= mostDirectEvents) return takeDirectly(ports, work, key);
  const place = await storeBatch(ports, { batch: batchOf(request), places, budget: request.budget });
  return place === undefined ? takeDirectly(ports, work, key) : takeStored(ports, work, place);
};

import type { ServiceBusClient, ServiceBusSender } from '@azure/service-bus';
import type { Clock } from '../time/clock.js';
import { toQueueError } from './classify-queue-error.js';
import type { QueueErrorCode } from './queue-error.js';

/** Enough for every bot; above it the sender unused longest makes room. */
const maxSenders = 200;

interface Closable {
  close(): Promise<void>;
}

interface CachedSender<S> {
  readonly sender: S;
  inUse: number;
  retired: boolean;
}

/** The right to use a cached sender until `release`. */
export interface SenderLease<S> {
  readonly sender: S;
  /** Nobody gets this sender any more; it closes when its last user releases it. */
  retire(): void;
  release(): void;
}

/** One open sender per queue, reused by every send; a retired one never fails the sends that still run on it. */
export class SenderCache<S extends Closable> {
  readonly #byQueue = new Map<string, CachedSender<S>>();

  lease(queue: string, create: () => S): SenderLease<S> {
    const cached = this.#byQueue.get(queue) ?? { sender: create(), inUse: 0, retired: false };
    this.#byQueue.delete(queue);
    this.#byQueue.set(queue, cached);
    cached.inUse += 1;
    const [oldest] = this.#byQueue;
    if (this.#byQueue.size > maxSenders && oldest !== undefined) this.#retire(...oldest);
    return {
      sender: cached.sender,
      retire: () => this.#retire(queue, cached),
      release: () => {
        cached.inUse -= 1;
        closeWhenUnused(cached);
      },
    };
  }

  /** Retires every sender. */
  clear(): void {
    for (const [queue, cached] of [...this.#byQueue]) this.#retire(queue, cached);
  }

  #retire(queue: string, cached: CachedSender<S>): void {
    if (this.#byQueue.get(queue) === cached) this.#byQueue.delete(queue);
    if (cached.retired) return;
    cached.retired = true;
    closeWhenUnused(cached);
  }
}

/** Closing a link that hangs can take a minute and can fail; neither is the business of whoever sends next. */
const closeWhenUnused = ({ sender, inUse, retired }: CachedSender<Closable>): void => {
  if (retired && inUse === 0) sender.close().catch(() => {});
};

/** Makes a client of the namespace: another one at each call. */
export type ConnectServiceBus = () => ServiceBusClient | Promise<ServiceBusClient>;

/** A connection to the namespace, and the senders that run on it. */
export interface Connection {
  readonly client: ServiceBusClient;
  readonly senders: SenderCache<ServiceBusSender>;
}

/** After so long without a sign of life a connection is raced by another one. */
const silentMs = 2_000;
/** Where the present one answered before the other had opened, it is given longer next time. */
const mostSilentMs = 16_000;
/** One that does not open within so long is as dead as the one it was to replace. */
const openingMs = 4_000;

/** What is no answer of the service. */
const noAnswers: ReadonlySet<QueueErrorCode> = new Set(['aborted', 'unavailable', 'unexpected']);

const isAnswer = (thrown: unknown): boolean => !noAnswers.has(toQueueError(thrown).code);

interface Call {
  readonly queue: string;
  readonly startedMs: number;
  readonly moveOn: () => void;
}

const movedOn = Symbol('moved on');

/** Closing a connection that hangs can take a minute and can fail; neither is the business of whoever sends next. */
const leave = ({ client, senders }: Connection): void => {
  senders.clear();
  client.close().catch(() => {});
};

/**
 * The connection to the namespace. The SDK holds on to one that is dead until its heartbeat fails, a minute later. So when calls wait and there was no
 * sign of life for two seconds, a second connection is opened beside it: the first of the two that answers stays. Calls that
 * wait are made again on the new one, under their own message ids, and the old one is closed in the background. There are never more than two that are
 * not being closed.
 */
export class ServiceBusConnections {
  readonly #connect: ConnectServiceBus;
  readonly #clock: Pick<Clock, 'monotonicMs' | 'startTimer'>;
  readonly #calls = new Set<Call>();
  #current: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #lastLifeMs = Number.NEGATIVE_INFINITY;
  #silentMs = silentMs;
  #rival: AbortController | undefined;
  #cancelLook: (() => void) | undefined;
  #isClosed = false;

  constructor(connect: ConnectServiceBus, clock: Pick<Clock, 'monotonicMs' | 'startTimer'>) {
    this.#connect = connect;
    this.#clock = clock;
  }

  /** A client was made; what is connected is seen at the first call. */
  get isMade(): boolean {
    return this.#current !== undefined;
  }

  /** The present connection; it may be another one at the next call. */
  current(): Promise<Connection> {
    if (this.#current !== undefined) return Promise.resolve(this.#current);
    this.#connecting ??= this.#make()
      .then((made) => {
        this.#current = made;
        return made;
      })
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }

  /** Makes a call to a queue on the present connection, and again on another one that takes its place meanwhile. */
  async run<T>(queue: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    for (;;) {
      const connection = this.#current ?? (await this.current());
      const { promise, resolve } = Promise.withResolvers<typeof movedOn>();
      const call: Call = { queue, startedMs: this.#clock.monotonicMs(), moveOn: () => resolve(movedOn) };
      this.#calls.add(call);
      this.#cancelLook ??= this.#lookIn(this.#silentMs);
      try {
        const result = await Promise.race([work(connection), promise]);
        if (result === movedOn) continue;
        this.#answered(call);
        return result;
      } catch (thrown) {
        if (isAnswer(thrown)) this.#answered(call);
        throw thrown;
      } finally {
        this.#calls.delete(call);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook?.();
    this.#rival?.abort();
    this.#current?.senders.clear();
    await this.#current?.client.close();
  }

  async #make(): Promise<Connection> {
    return { client: await this.#connect(), senders: new SenderCache() };
  }

  #answered({ startedMs }: Call): void {
    this.#lastLifeMs = this.#clock.monotonicMs();
    if (this.#rival !== undefined) {
      this.#silentMs = Math.min(mostSilentMs, this.#silentMs * 2);
      this.#rival.abort();
      this.#rival = undefined;
    } else if (this.#lastLifeMs - startedMs < silentMs) this.#silentMs = silentMs;
  }

  #lookIn(delayMs: number): () => void {
    return this.#clock.startTimer(delayMs, () => this.#look());
  }

  /** While calls wait it looks again and again. */
  #look(): void {
    const [oldest] = this.#calls;
    this.#cancelLook = undefined;
    if (oldest === undefined || this.#isClosed) return;
    const waitedMs = this.#clock.monotonicMs() - Math.max(oldest.startedMs, this.#lastLifeMs);
    const isSilent = waitedMs >= this.#silentMs;
    if (isSilent && this.#rival === undefined) void this.#race(oldest);
    this.#cancelLook = this.#lookIn(isSilent ? silentMs : this.#silentMs - waitedMs);
  }

  async #race({ queue }: Call): Promise<void> {
    const controller = new AbortController();
    const cancelTimer = this.#clock.startTimer(openingMs, () => controller.abort());
    this.#rival = controller;
    let made: Connection | undefined;
    try {
      made = await this.#make();
      if (await opens(made, queue, controller.signal)) this.#replaceBy(made);
      else leave(made);
    } catch {
      // No client could be made: the present connection is all there is.
    } finally {
      cancelTimer();
      if (this.#rival === controller) this.#rival = undefined;
    }
  }

  #replaceBy(connection: Connection): void {
    const before = this.#current;
    this.#current = connection;
    this.#lastLifeMs = this.#clock.monotonicMs();
    for (const { moveOn } of this.#calls) moveOn();
    if (before !== undefined) leave(before);
  }
}

/** Whether a link to the queue could be opened on it, or was refused by the service, before the signal came. */
const opens = async ({ senders, client }: Connection, queue: string, signal: AbortSignal): Promise<boolean> => {
  const { sender, release } = senders.lease(queue, () => client.createSender(queue));
  const aborted = new Promise<false>((resolve) => signal.addEventListener('abort', () => resolve(false)));
  const opened = sender.createMessageBatch({ abortSignal: signal }).then(() => true, isAnswer);
  try {
    return (await Promise.race([opened, aborted])) && !signal.aborted;
  } finally {
    release();
  }
};

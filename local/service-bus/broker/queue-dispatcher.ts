import type { BrokerQueue, Delivery, QueueListener, ReceiveMode } from './broker-queue.js';
import type { SessionLock } from './message-lock.js';

/** A receiver that takes messages while it has credit; with a session it gets that session's alone. */
export interface Consumer {
  readonly mode: ReceiveMode;
  readonly session?: SessionLock;
  credit(): number;
  deliver(delivery: Delivery): void;
}

/** A receiver that waits for whichever session comes next. */
export interface SessionRequest {
  readonly onLost: () => void;
  granted(lock: SessionLock): void;
}

/** Brings a queue's messages to its receivers: in turn where several want them, one holder per session. */
export class QueueDispatcher implements QueueListener {
  readonly #queue: BrokerQueue;
  readonly #consumers: Consumer[] = [];
  readonly #holders = new Map<string, Consumer>();
  readonly #requests = new Set<SessionRequest>();
  readonly #changedSessions = new Set<string>();
  #turn = 0;
  #scheduled = false;

  constructor(queue: BrokerQueue) {
    this.#queue = queue;
    queue.listen(this);
  }

  add(consumer: Consumer): void {
    if (consumer.session === undefined) this.#consumers.push(consumer);
    else this.#holders.set(consumer.session.sessionId, consumer);
  }

  remove(consumer: Consumer): void {
    const { session } = consumer;
    if (session !== undefined && this.#holders.get(session.sessionId) === consumer)
      this.#holders.delete(session.sessionId);
    const index = this.#consumers.indexOf(consumer);
    if (index >= 0) this.#consumers.splice(index, 1);
  }

  /** Gives `consumer` what waits for it, up to its credit, before returning. */
  serve(consumer: Consumer): void {
    while (consumer.credit() > 0) {
      const delivery = this.#queue.receive(consumer.mode, consumer.session);
      if (delivery === undefined) return;
      consumer.deliver(delivery);
    }
  }

  /** Grants the next session, now or when one has messages. Answers how to withdraw the request. */
  requestSession(request: SessionRequest): () => void {
    this.#requests.add(request);
    this.#grantSessions();
    return () => this.#requests.delete(request);
  }

  messagesWaiting(session: string): void {
    this.#changedSessions.add(session);
    this.#schedule();
  }

  sessionWaiting(): void {
    this.#schedule();
  }

  /** One round for all that one turn of the event loop brought. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#round());
  }

  #round(): void {
    this.#scheduled = false;
    this.#grantSessions();
    const sessions = [...this.#changedSessions];
    this.#changedSessions.clear();
    if (!this.#queue.rules.requiresSession) {
      this.#serveInTurn();
      return;
    }
    for (const session of sessions) {
      const holder = this.#holders.get(session);
      if (holder !== undefined) this.serve(holder);
    }
  }

  #serveInTurn(): void {
    for (let idle = 0; idle < this.#consumers.length; ) {
      this.#turn = (this.#turn + 1) % this.#consumers.length;
      const consumer = this.#consumers[this.#turn];
      if (consumer === undefined || consumer.credit() <= 0) {
        idle += 1;
        continue;
      }
      const delivery = this.#queue.receive(consumer.mode);
      if (delivery === undefined) return;
      consumer.deliver(delivery);
      idle = 0;
    }
  }

  #grantSessions(): void {
    for (const request of this.#requests) {
      const lock = this.#queue.acceptSession(undefined, request.onLost);
      if (lock === undefined) return;
      this.#requests.delete(request);
      request.granted(lock);
    }
  }
}

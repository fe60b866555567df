import type { Delivery as RheaDelivery, Sender } from 'rhea';
import { type AmqpFailure, malformed, messageLockLost, notWritten, sessionLockLost } from '../amqp/amqp-failure.js';
import { encodeDelivery } from '../amqp/encode-delivery.js';
import { deliveryTagOf, lockTokenOf } from '../amqp/lock-token-bytes.js';
import { refusalOfSettlement } from '../broker/admit-messages.js';
import type { Delivery, ReceiveMode } from '../broker/broker-queue.js';
import type { SessionLock } from '../broker/message-lock.js';
import type { Consumer } from '../broker/queue-dispatcher.js';
import type { QueueEntity, QueueSide } from '../broker/queue-entity.js';
import { settleDelivery } from './outcomes.js';
import { type LinkCredit, linkCredit } from './rhea-internals.js';
import { type Outcome, settlementOf } from './settlement-of.js';

interface DeliveryLinkParts {
  readonly link: Sender;
  readonly entity: QueueEntity;
  readonly side: QueueSide;
  readonly session: SessionLock | undefined;
}

const outcomes: readonly Outcome[] = ['accepted', 'rejected', 'released', 'modified'];
const settledBySender = 1;

/** Delivers a queue's messages, or one session's, on a client's receiving link and carries out what it decides. */
export class DeliveryLink implements Consumer {
  readonly mode: ReceiveMode;
  readonly session?: SessionLock;
  readonly #parts: DeliveryLinkParts;
  readonly #credit: LinkCredit;

  constructor(parts: DeliveryLinkParts) {
    const { link, side, session } = parts;
    this.#parts = parts;
    this.#credit = linkCredit(link);
    this.mode = link.snd_settle_mode === settledBySender ? 'receive-and-delete' : 'peek-lock';
    if (session !== undefined) this.session = session;
    for (const outcome of outcomes) {
      link.on(outcome, ({ delivery }: { delivery: RheaDelivery }) => this.#onOutcome(outcome, delivery));
    }
    link.on('sender_flow', () => side.dispatcher.serve(this));
    link.on('sender_draining', () => link.set_drained(true));
    link.on('sendable', () => side.dispatcher.serve(this));
    side.dispatcher.add(this);
  }

  credit(): number {
    return this.#credit.available();
  }

  deliver({ message, lock }: Delivery): void {
    this.#credit.use();
    const tag = deliveryTagOf(lock?.token ?? noLock);
    this.#parts.link.send(encodeDelivery(message, lock?.untilMs), tag, 0);
  }

  /** Stops delivering. A session's messages are free again; other locks last as long as they were given for. */
  stop(): void {
    const { side, session } = this.#parts;
    side.dispatcher.remove(this);
    if (session !== undefined) side.queue.releaseSession(session);
  }

  #onOutcome(outcome: Outcome, delivery: RheaDelivery): void {
    if (this.mode === 'receive-and-delete') return;
    const { entity, side, session } = this.#parts;
    const settlement = settlementOf(outcome, delivery.remote_state);
    const refusal =
      settlement === undefined
        ? malformed(`The outcome '${outcome}' cannot be read.`)
        : refusalOfSettlement(settlement);
    if (settlement === undefined || refusal !== undefined) {
      entity.journal.whenWritten(() => settleDelivery(delivery, refusal));
      return;
    }
    const settled = side.queue.settle(lockTokenOf(delivery.tag), settlement, session);
    entity.journal.whenWritten((error) => settleDelivery(delivery, this.#failure(settled, error)));
  }

  #failure(settled: boolean, error: Error | undefined): AmqpFailure | undefined {
    if (!settled) return this.session === undefined ? messageLockLost : sessionLockLost;
    return error === undefined ? undefined : notWritten;
  }
}

const noLock = '0'.repeat(32);

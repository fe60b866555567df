import type { Sender } from 'rhea';
import type { Clock } from '../../../src/time/clock.js';
import { noSessionWaits, notAllowed, sessionLocked, sessionLockLost } from '../amqp/amqp-failure.js';
import type { SessionLock } from '../broker/message-lock.js';
import type { QueueEntity, QueueSide } from '../broker/queue-entity.js';
import { acceptAttach, refuseAttach } from './attach.js';
import type { ServerLink } from './attached-link.js';
import { DeliveryLink } from './delivery-link.js';
import { postponeAttach } from './rhea-internals.js';
import { lockedUntilProperty, sessionFilter, sessionFilterName, sessionWaitMs } from './session-terms.js';

interface ReceiverLinkParts {
  readonly link: Sender;
  readonly entity: QueueEntity;
  readonly side: QueueSide;
  readonly startTimer: Clock['startTimer'];
}

const sessionNeeded = notAllowed(
  'It is not possible for an entity that requires sessions to create a non-sessionful message receiver.',
);
const sessionUnknown = notAllowed(
  'A sessionful message receiver cannot be created on an entity that does not require sessions.',
);

/** The link on which a client receives: from the queue, from the session it names, or from whichever session is next. */
export function openReceiverLink(parts: ReceiverLinkParts): ServerLink | undefined {
  const { link, entity, side } = parts;
  const wanted = sessionFilter(link);
  const { requiresSession } = side.queue.rules;
  if (wanted === undefined && requiresSession) {
    refuseAttach(link, sessionNeeded);
    return undefined;
  }
  if (wanted !== undefined && !requiresSession) {
    refuseAttach(link, sessionUnknown);
    return undefined;
  }
  const receiver = new ReceiverLink(parts);
  entity.receivers.add(receiver);
  if (wanted === undefined) receiver.openPlain();
  else receiver.openSession(wanted.sessionId);
  return receiver;
}

class ReceiverLink implements ServerLink {
  readonly session;
  readonly #parts: ReceiverLinkParts;
  #deliveries: DeliveryLink | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(parts: ReceiverLinkParts) {
    this.#parts = parts;
    this.session = parts.link.session;
  }

  openPlain(): void {
    acceptAttach(this.#parts.link);
    this.#deliveries = new DeliveryLink({ ...this.#parts, session: undefined });
  }

  openSession(sessionId: string | undefined): void {
    const { link, side } = this.#parts;
    const lock = side.queue.acceptSession(sessionId, () => this.#onLost());
    if (lock !== undefined) this.#grant(lock);
    else if (sessionId === undefined) this.#waitForSession();
    else refuseAttach(link, sessionLocked);
  }

  detach({ condition, description }: { readonly condition: string; readonly description: string }): void {
    this.#answerLate();
    this.#parts.link.close({ condition, description });
    this.#stop();
  }

  ended(): void {
    this.#answerLate();
    this.#stop();
  }

  /** An attach must be answered before its link can be closed. */
  #answerLate(): void {
    const { link } = this.#parts;
    if (this.#stopWaiting !== undefined && link.connection.is_open()) link.open();
    this.#stopWaiting?.();
  }

  #stop(): void {
    this.#parts.entity.receivers.delete(this);
    this.#deliveries?.stop();
    this.#deliveries = undefined;
  }

  #grant(lock: SessionLock): void {
    const { link } = this.#parts;
    acceptAttach(link, {
      filter: { [sessionFilterName]: lock.sessionId },
      properties: lockedUntilProperty(lock.untilMs),
    });
    this.#deliveries = new DeliveryLink({ ...this.#parts, session: lock });
    link.open();
    this.#parts.side.dispatcher.serve(this.#deliveries);
  }

  #waitForSession(): void {
    const { link, side, startTimer } = this.#parts;
    postponeAttach(link);
    const withdraw = side.dispatcher.requestSession({
      onLost: () => this.#onLost(),
      granted: (lock) => {
        this.#stopWaiting?.();
        this.#grant(lock);
      },
    });
    const cancelTimer = startTimer(sessionWaitMs(link), () => {
      this.#stopWaiting?.();
      refuseAttach(link, noSessionWaits);
    });
    this.#stopWaiting = () => {
      this.#stopWaiting = undefined;
      withdraw();
      cancelTimer();
    };
  }

  #onLost(): void {
    this.detach(sessionLockLost);
  }
}

import type { Clock } from '../../../src/time/clock.js';
import type { AmqpFailure } from '../amqp/amqp-failure.js';
import type { QueueDefinition } from '../queue-definition.js';
import { BrokerQueue } from './broker-queue.js';
import { QueueDispatcher } from './queue-dispatcher.js';
import type { Durability, QueueJournal } from './queue-record.js';
import { QueueState } from './queue-state.js';

export type QueueStatus = 'active' | 'disabled';

/** A queue or its dead letters, with what brings the messages out. */
export interface QueueSide {
  readonly queue: BrokerQueue;
  readonly dispatcher: QueueDispatcher;
}

/** A receiver's link that can be told to go: when its queue is disabled or deleted. */
export interface AttachedLink {
  detach(failure: AmqpFailure): void;
}

/** Where one queue's changes are kept: its own, its dead letters', and when they are safe. */
export interface EntityJournal extends Durability {
  readonly main: QueueJournal;
  readonly deadLetters: QueueJournal;
  close(): void;
  /** Forgets everything: the queue is deleted. */
  discard(): void;
}

/** What a journal kept from before: the durable state of both sides. */
export interface EntityStates {
  readonly main: QueueState;
  readonly deadLetters: QueueState;
}

export interface EntityParts {
  readonly definition: QueueDefinition;
  readonly states: EntityStates;
  readonly journal: EntityJournal;
  readonly nowMs: () => number;
  readonly startTimer: Clock['startTimer'];
  readonly newLockToken: () => string;
}

/** One queue as users know it: definition, status, messages and dead letters. */
export interface QueueEntity {
  readonly definition: QueueDefinition;
  readonly main: QueueSide;
  readonly deadLetters: QueueSide;
  readonly journal: EntityJournal;
  readonly receivers: Set<AttachedLink>;
  status: QueueStatus;
}

/** Empty states for a queue that is new. */
export function emptyStates(definition: QueueDefinition): EntityStates {
  const windowMs = definition.requiresDuplicateDetection ? definition.duplicateWindowMs : 0;
  return { main: new QueueState(windowMs), deadLetters: new QueueState(0) };
}

/** Puts a queue together from its definition and what its journal kept. */
export function openQueueEntity(parts: EntityParts): QueueEntity {
  const { definition, states, journal } = parts;
  const deadLetters = new BrokerQueue({
    ...parts,
    state: states.deadLetters,
    journal: journal.deadLetters,
    rules: {
      requiresSession: false,
      requiresDuplicateDetection: false,
      lockDurationMs: definition.lockDurationMs,
      maxDeliveryCount: Number.POSITIVE_INFINITY,
    },
  });
  const main = new BrokerQueue({ ...parts, state: states.main, journal: journal.main, rules: definition, deadLetters });
  return {
    definition,
    journal,
    main: { queue: main, dispatcher: new QueueDispatcher(main) },
    deadLetters: { queue: deadLetters, dispatcher: new QueueDispatcher(deadLetters) },
    receivers: new Set(),
    status: 'active',
  };
}

/** Stops a queue's timers and sends its receivers away. */
export function closeQueueEntity(entity: QueueEntity, failure: AmqpFailure): void {
  entity.main.queue.stop();
  entity.deadLetters.queue.stop();
  for (const link of entity.receivers) link.detach(failure);
}

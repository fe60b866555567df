import type { Clock } from '../../../src/time/clock.js';
import { type AmqpFailure, queueDisabled, queueNotFound } from '../amqp/amqp-failure.js';
import type { QueueDefinition } from '../queue-definition.js';
import {
  closeQueueEntity,
  type EntityJournal,
  type EntityStates,
  openQueueEntity,
  type QueueEntity,
  type QueueStatus,
} from './queue-entity.js';

interface BrokerParts {
  readonly nowMs: () => number;
  readonly startTimer: Clock['startTimer'];
  readonly newLockToken: () => string;
  /** Opens a queue's journal and gives what it kept. */
  readonly openJournal: (definition: QueueDefinition) => { journal: EntityJournal; states: EntityStates };
}

const shuttingDown: AmqpFailure = {
  condition: 'amqp:connection:forced',
  description: 'The service is shutting down.',
  status: 503,
};

/** All queues by name, whatever its case. */
export class Broker {
  readonly #parts: BrokerParts;
  readonly #entities = new Map<string, QueueEntity>();

  constructor(parts: BrokerParts) {
    this.#parts = parts;
  }

  queues(): IterableIterator<QueueEntity> {
    return this.#entities.values();
  }

  find(name: string): QueueEntity | undefined {
    return this.#entities.get(name.toLowerCase());
  }

  /** Makes a queue, or leaves the one that has this name as it is. */
  create(definition: QueueDefinition): void {
    if (this.find(definition.name) !== undefined) return;
    const { openJournal, ...shared } = this.#parts;
    this.#entities.set(
      definition.name.toLowerCase(),
      openQueueEntity({ definition, ...shared, ...openJournal(definition) }),
    );
  }

  /** Deletes a queue with all its messages and sends its receivers away. */
  delete(name: string): void {
    const entity = this.find(name);
    if (entity === undefined) return;
    this.#entities.delete(name.toLowerCase());
    closeQueueEntity(entity, queueNotFound(entity.definition.name));
    entity.journal.discard();
  }

  /** Disabling sends the queue's receivers away; it takes and gives nothing until it is active again. */
  setStatus(name: string, status: QueueStatus): void {
    const entity = this.find(name);
    if (entity === undefined) throw new RangeError(`There is no queue '${name}'`);
    entity.status = status;
    if (status === 'active') return;
    for (const link of entity.receivers) link.detach(queueDisabled(entity.definition.name));
  }

  /** Stops every queue and closes the journals; what was sent and settled is written down by then. */
  close(): void {
    for (const entity of this.#entities.values()) {
      closeQueueEntity(entity, shuttingDown);
      entity.journal.close();
    }
    this.#entities.clear();
  }
}

import type { QueueEntity } from './queue-entity.js';
import type { StoredMessage } from './stored-message.js';

/** How many messages a queue holds and where they stand. */
export interface QueueCounts {
  readonly name: string;
  /** Waiting or held by a receiver, as Service Bus counts active messages. */
  readonly active: number;
  readonly scheduled: number;
  readonly deferred: number;
  /** Held by a receiver; counted among the active or deferred as well. */
  readonly locked: number;
  readonly deadLettered: number;
  /** Sessions that have messages. */
  readonly sessions: number;
}

/** Counts one queue's messages. */
export function queueCounts({ definition, main, deadLetters }: QueueEntity): QueueCounts {
  const messages = [...main.queue.state.messages()];
  const placed = (placement: StoredMessage['placement']) =>
    messages.filter((one) => one.placement === placement).length;
  const sessionIds = messages.map(({ content }) => content.sessionId).filter((id) => id !== undefined);
  return {
    name: definition.name,
    active: placed('active'),
    scheduled: placed('scheduled'),
    deferred: placed('deferred'),
    locked: main.queue.lockedCount(),
    deadLettered: [...deadLetters.queue.state.messages()].length,
    sessions: definition.requiresSession ? new Set(sessionIds).size : 0,
  };
}

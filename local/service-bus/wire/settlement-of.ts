import rhea from 'rhea';
import { isTyped, typedEntries } from '../amqp/typed-value.js';
import type { Settlement } from '../broker/message-lock.js';

/** What each AMQP outcome of a receiver means to Service Bus (AMQP 1.0 in Service Bus, "Settle"). */
export type Outcome = 'accepted' | 'rejected' | 'released' | 'modified';

const undeliverableHereField = 1;
const messageAnnotationsField = 2;
const errorField = 0;
const infoField = 2;

/**
 * Reads a receiver's decision from its outcome and the outcome's fields; undefined when these make no sense. What the message
 * is to carry from now on keeps its AMQP types.
 */
export function settlementOf(outcome: Outcome, state: unknown): Settlement | undefined {
  const fields = itemsOf(state);
  if (fields === undefined) return undefined;
  switch (outcome) {
    case 'accepted':
      return { kind: 'complete' };
    case 'released':
      return { kind: 'abandon', count: false, changes: {} };
    case 'modified': {
      const undeliverableHere = flagOf(fields[undeliverableHereField]);
      if (undeliverableHere === undefined) return undefined;
      const changes = typedEntries(fields[messageAnnotationsField]);
      return { kind: undeliverableHere ? 'defer' : 'abandon', count: true, changes };
    }
    case 'rejected': {
      const error = itemsOf(fields[errorField]);
      return error === undefined ? undefined : deadLetter(typedEntries(error[infoField]));
    }
  }
}

/** The items of a list, or of a composite as rhea reads one; nothing at all has none. */
function itemsOf(list: unknown): readonly unknown[] | undefined {
  if (list === undefined || list === null) return [];
  const value = typeof list === 'object' && 'value' in list ? list.value : undefined;
  if (value === null) return [];
  return Array.isArray(value) ? value : undefined;
}

/** AMQP writes a boolean in one of three ways; absent is false. */
function flagOf(field: unknown): boolean | undefined {
  const value = plain(field);
  if (value === undefined || value === null || value === 0) return false;
  if (value === 1) return true;
  return typeof value === 'boolean' ? value : undefined;
}

function deadLetter({ DeadLetterReason, DeadLetterErrorDescription, ...changes }: Record<string, unknown>): Settlement {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    kind: 'dead-letter',
    reason: text(plain(DeadLetterReason)),
    description: text(plain(DeadLetterErrorDescription)),
    changes,
  };
}

function plain(value: unknown): unknown {
  return isTyped(value) ? rhea.types.unwrap(value) : value;
}

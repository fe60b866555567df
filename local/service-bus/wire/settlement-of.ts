import { z } from 'zod';
import type { Settlement } from '../broker/message-lock.js';

const info = z.record(z.string(), z.unknown());
const rejection = z.object({ error: z.object({ info: info.nullish() }).nullish() }).nullish();
const modification = z
  .object({ undeliverable_here: z.boolean().nullish(), message_annotations: info.nullish() })
  .nullish();

/** What each AMQP outcome of a receiver means to Service Bus (AMQP 1.0 in Service Bus, "Settle"). */
export type Outcome = 'accepted' | 'rejected' | 'released' | 'modified';

/** Reads a receiver's decision from its outcome and the outcome's fields; undefined when these make no sense. */
export function settlementOf(outcome: Outcome, fields: unknown): Settlement | undefined {
  switch (outcome) {
    case 'accepted':
      return { kind: 'complete' };
    case 'released':
      return { kind: 'abandon', count: false, changes: {} };
    case 'modified': {
      const { success, data } = modification.safeParse(fields);
      if (!success) return undefined;
      const kind = data?.undeliverable_here === true ? 'defer' : 'abandon';
      return { kind, count: true, changes: data?.message_annotations ?? {} };
    }
    case 'rejected': {
      const { success, data } = rejection.safeParse(fields);
      return success ? deadLetter(data?.error?.info ?? {}) : undefined;
    }
  }
}

function deadLetter({ DeadLetterReason, DeadLetterErrorDescription, ...changes }: Record<string, unknown>): Settlement {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    kind: 'dead-letter',
    reason: text(DeadLetterReason),
    description: text(DeadLetterErrorDescription),
    changes,
  };
}

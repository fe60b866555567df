import type { BatchOutcome, EventOutcome } from './outcome.js';
import type { ReadEvent } from './read-delivery.js';

/** No more at once than a half-open Service Bus breaker lets through, so that a batch after an outage is its probe, not its victim. */
const lanes = 3;

/**
 * Takes every event of a batch its own way, a few at once. After one that is unavailable no further one is begun: the sender
 * repeats the whole batch, and what was kept already is recognized then.
 */
export const ingestBatch = async (
  events: readonly ReadEvent[],
  ingestEvent: (event: ReadEvent) => Promise<EventOutcome>,
): Promise<BatchOutcome> => {
  const outcomes: EventOutcome[] = [];
  const waiting = events.entries();
  let stopped = false;
  const lane = async (): Promise<void> => {
    for (const [index, event] of waiting) {
      const outcome = await ingestEvent(event);
      outcomes[index] = outcome;
      stopped ||= outcome.kind === 'unavailable';
      if (stopped) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, events.length) }, lane));
  return { kind: 'batch', outcomes: outcomes.filter((outcome) => outcome !== undefined) };
};

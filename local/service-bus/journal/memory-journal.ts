import type { Durability, QueueJournal } from '../broker/queue-record.js';

/** Keeps nothing: for a broker whose messages may die with it. Confirms once per turn of the event loop. */
export function memoryJournal(): QueueJournal & Durability {
  let waiting: ((error: Error | undefined) => void)[] = [];
  const confirm = () => {
    const confirmed = waiting;
    waiting = [];
    for (const done of confirmed) done(undefined);
  };
  return {
    append: () => {},
    whenWritten: (done) => {
      if (waiting.push(done) === 1) setImmediate(confirm);
    },
  };
}

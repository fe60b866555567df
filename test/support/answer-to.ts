import type { ManualClock } from './manual-clock.js';
import { settled } from './until.js';

/** The answer, the clock going on meanwhile by 50 ms at a time. */
export const answerTo = async <T>({ clock }: { readonly clock: ManualClock }, asked: Promise<T>): Promise<T> => {
  let isAnswered = false;
  const note = (): void => {
    isAnswered = true;
  };
  asked.then(note, note);
  for (let waitedMs = 0; waitedMs < 12_000; waitedMs += 50) {
    await settled();
    if (isAnswered) break;
    clock.advance(50);
  }
  return asked;
};

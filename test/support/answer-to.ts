import type { ManualClock } from './manual-clock.js';
import type { Reply } from './post-webhook.js';
import { settled } from './until.js';

/** The answer, the clock going on meanwhile by 50 ms at a time. */
export const answerTo = async ({ clock }: { readonly clock: ManualClock }, asked: Promise<Reply>): Promise<Reply> => {
  let reply: Reply | undefined;
  void asked.then((answer) => {
    reply = answer;
  });
  for (let waitedMs = 0; reply === undefined && waitedMs < 12_000; waitedMs += 50) {
    await settled();
    if (reply === undefined) clock.advance(50);
  }
  return asked;
};

import * as z from 'zod';
import { CommandError } from '../terminal/command-error.js';
import type { Watch } from '../terminal/watch.js';
import { callEvents, type EventOperations } from './event-operations.js';

const reportSchema = z.object({
  letters: z.number(),
  revived: z.number(),
  stuck: z.number(),
  complete: z.boolean(),
  stoppedBy: z.string().optional(),
  after: z.string().optional(),
  left: z.number(),
});

type Report = z.infer<typeof reportSchema>;

/** What a whole replay of dead letters did. */
export type LettersTotal = Readonly<Pick<Report, 'letters' | 'revived' | 'stuck'>>;

/** Replays a bot's dead letters call by call, to their end, or until it is told to end. Throws `CommandError` saying how to go on when storage fails. */
export const replayLetters = async (
  operations: EventOperations,
  asked: { readonly bot: string; readonly dryRun: boolean },
  { progress, signal }: Watch,
): Promise<LettersTotal> => {
  let total: LettersTotal = { letters: 0, revived: 0, stuck: 0 };
  let after: string | undefined;
  let complete = false;
  try {
    while (!complete && !signal.aborted) {
      const body = { ...asked, ...(after !== undefined && { after }) };
      const command = { method: 'POST', path: 'dead-letters/replay', body } as const;
      const report: Report = await callEvents(operations, command, reportSchema);
      total = {
        letters: total.letters + report.letters,
        revived: total.revived + report.revived,
        stuck: total.stuck + report.stuck,
      };
      if (report.stoppedBy === 'blob-storage') {
        const advice = 'Nothing is lost or doubled: once storage is back run the same command again';
        throw new CommandError(`Storage failed after ${total.revived} copies were owed again`, advice);
      }
      progress.update(total.letters, total.letters + report.left, `${total.revived} copies for ${asked.bot}`);
      ({ complete, after } = report);
    }
    return total;
  } finally {
    progress.clear();
  }
};

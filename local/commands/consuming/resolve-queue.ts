import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { nearestNames } from '../../senders/nearest-names.js';
import type { BotQueue } from '../../stack/stack-record.js';
import { CommandError } from '../terminal/command-error.js';

/** A queue and whether its messages come in sessions. */
export interface ResolvedQueue {
  readonly queue: string;
  readonly ordered: boolean;
}

/** The queue that a bot's name, or the name of a queue, stands for. Throws `CommandError` with the nearest names. */
export const resolveQueue = (bots: readonly BotQueue[], name: string | undefined): ResolvedQueue => {
  const known = [...bots.flatMap((bot) => [bot.name, bot.queue]), archiveBacklogQueue];
  if (name === undefined)
    throw new CommandError('Say which bot or queue', `Known: ${bots.map((bot) => bot.name).join(', ')}`);
  const bot = bots.find((each) => each.name === name) ?? bots.find((each) => each.queue === name);
  if (bot !== undefined) return { queue: bot.queue, ordered: bot.ordered };
  if (name === archiveBacklogQueue) return { queue: name, ordered: false };
  const nearest = nearestNames(name, known);
  throw new CommandError(
    `There is no bot or queue "${name}"`,
    ...(nearest.length > 0 ? [`Did you mean ${nearest.join(', ')}?`] : []),
    `Known: ${known.join(', ')}`,
  );
};

/** A queue whose messages come in sessions: of the bot named, else of the first that is ordered. Throws `CommandError`. */
export const resolveOrderedQueue = (bots: readonly BotQueue[], name: string | undefined): string => {
  const { queue, ordered } = resolveQueue(bots, name ?? bots.find((bot) => bot.ordered)?.name);
  if (ordered) return queue;
  throw new CommandError(`${queue} has no sessions`, 'The example reads session by session: name an ordered bot');
};

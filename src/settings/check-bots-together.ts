import * as z from 'zod/mini';
import type { FileProblem } from './problem.js';

const anyText = z.catch(z.optional(z.string()), undefined);

const looseBot = z.catch(
  z.object({ name: anyText, queue: anyText, ordered: z.optional(z.unknown()), orderBy: z.optional(z.unknown()) }),
  {},
);

const looseFile = z.object({ bots: z.array(looseBot) });

type Key = 'name' | 'queue';

const repeats = (bots: readonly z.infer<typeof looseBot>[], key: Key): readonly FileProblem[] => {
  const first = new Map<string, number>();
  return bots.flatMap((bot, index) => {
    const value = bot[key]?.toLowerCase();
    if (value === undefined) return [];
    const earlier = first.get(value);
    if (earlier === undefined) {
      first.set(value, index);
      return [];
    }
    const what = `is ${JSON.stringify(bot[key])}, which bots[${earlier}] has already`;
    return [{ path: `bots[${index}].${key}`, what, expected: `a ${key} of its own` }];
  });
};

/**
 * What no single field shows: names and queues used twice (Service Bus ignores the case of letters), and an order
 * asked of a bot that is not ordered. Works on any JSON, so that it can report beside the schema's own problems.
 */
export const checkBotsTogether = (json: unknown): readonly FileProblem[] => {
  const parsed = looseFile.safeParse(json);
  if (!parsed.success) return [];
  const { bots } = parsed.data;
  const orders = bots.flatMap((bot, index) =>
    bot.orderBy !== undefined && bot.ordered !== true
      ? [
          {
            path: `bots[${index}].orderBy`,
            what: 'is set on a bot that is not ordered',
            expected: '"ordered": true beside it',
          },
        ]
      : [],
  );
  return [...repeats(bots, 'name'), ...repeats(bots, 'queue'), ...orders];
};

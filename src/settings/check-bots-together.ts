import * as z from 'zod/mini';
import { burstQueueOf } from '../routing/bot.js';
import type { FileProblem } from './problem.js';

const anyText = z.catch(z.optional(z.string()), undefined);

const looseBot = z.catch(
  z.object({
    name: anyText,
    queue: anyText,
    ordered: z.optional(z.unknown()),
    orderBy: z.optional(z.unknown()),
    coalesce: z.optional(z.unknown()),
  }),
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

type LooseBots = readonly z.infer<typeof looseBot>[];

/** What means nothing without an order. */
const unordered = (bots: LooseBots, key: 'orderBy' | 'coalesce'): readonly FileProblem[] =>
  bots.flatMap((bot, index) => {
    if (bot[key] === undefined || bot.ordered === true) return [];
    const path = `bots[${index}].${key}`;
    return [{ path, what: 'is set on a bot that is not ordered', expected: '"ordered": true beside it' }];
  });

const looseCoalesce = z.object({ quietSeconds: z.number(), maxWaitSeconds: z.number() });

const impatient = (bots: LooseBots): readonly FileProblem[] =>
  bots.flatMap(({ coalesce }, index) => {
    const { data } = looseCoalesce.safeParse(coalesce);
    if (data === undefined || data.maxWaitSeconds >= data.quietSeconds) return [];
    const path = `bots[${index}].coalesce.maxWaitSeconds`;
    return [{ path, what: `is ${data.maxWaitSeconds}`, expected: `no less than quietSeconds, ${data.quietSeconds}` }];
  });

/** What Service Bus takes as the name of a queue. */
const mostLetters = 260;

/** The queue in which a coalescing bot's events wait is nobody else's, and has a name that can be. */
const wrongBurstQueues = (bots: LooseBots): readonly FileProblem[] => {
  const owners = new Map<string, number>();
  for (const [index, { queue, coalesce }] of bots.entries())
    if (queue !== undefined && coalesce !== undefined) owners.set(burstQueueOf(queue).toLowerCase(), index);
  return bots.flatMap(({ queue = '', coalesce }, index) => {
    const path = `bots[${index}].queue`;
    const owner = owners.get(queue.toLowerCase());
    const taken = {
      path,
      what: `is ${JSON.stringify(queue)}, where bots[${owner}] has its bursts`,
      expected: 'another',
    };
    if (owner !== undefined) return [taken];
    if (coalesce === undefined || burstQueueOf(queue).length <= mostLetters) return [];
    const expected = `at most ${mostLetters - burstQueueOf('').length} characters for a bot with coalesce`;
    return [{ path, what: 'is too long', expected }];
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
  return [
    ...repeats(bots, 'name'),
    ...repeats(bots, 'queue'),
    ...unordered(bots, 'orderBy'),
    ...unordered(bots, 'coalesce'),
    ...impatient(bots),
    ...wrongBurstQueues(bots),
  ];
};

import type { z } from 'zod/mini';
import type { Bot } from '../routing/bot.js';
import { type botSchema, botsFileSchema } from './bots-schema.js';
import { checkBotsTogether } from './check-bots-together.js';
import { parseJson } from './parse-json.js';
import type { FileProblem } from './problem.js';
import { schemaProblems } from './schema-problems.js';

/** The bots, or everything that is wrong with their file. */
export type BotsReading =
  | { readonly ok: true; readonly bots: readonly Bot[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const toBot = (bot: z.infer<typeof botSchema>): Bot => ({ ...bot, orderBy: bot.orderBy ?? 'entity' });

/** Reads the text of `bots.json`: the bots with their defaults filled in, or every problem with its path. */
export const readBots = (text: string): BotsReading => {
  const json = parseJson(text);
  if (!json.ok) return { ok: false, problems: [json.problem] };
  const parsed = botsFileSchema.safeParse(json.value);
  const issues = parsed.success ? [] : parsed.error.issues;
  const problems = [...schemaProblems(issues, json.value), ...checkBotsTogether(json.value)];
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, bots: parsed.data.bots.map(toBot) };
};

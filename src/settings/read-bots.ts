import type { z } from 'zod';
import type { Bot } from '../routing/bot.js';
import { type botSchema, botsFileSchema } from './bots-schema.js';
import { checkBotsTogether } from './check-bots-together.js';
import { syntaxErrorPosition } from './json-syntax.js';
import type { FileProblem } from './problem.js';
import { schemaProblems } from './schema-problems.js';

/** The bots, or everything that is wrong with their file. */
export type BotsReading =
  | { readonly ok: true; readonly bots: readonly Bot[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: FileProblem };

const parseJson = (text: string): ParsedJson => {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    const { line, column } = syntaxErrorPosition(text);
    const what = `is not JSON at line ${line}, column ${column}`;
    return { ok: false, problem: { path: '', what, expected: 'JSON, without comments or trailing commas' } };
  }
};

const toBot = (bot: z.infer<typeof botSchema>): Bot => ({ ...bot, orderBy: bot.orderBy ?? 'entity' });

/** Reads the text of `bots.json`: the bots with their defaults filled in, or every problem with its path. */
export const readBots = (text: string): BotsReading => {
  const json = parseJson(text.replace(/^\uFEFF/, ''));
  if (!json.ok) return { ok: false, problems: [json.problem] };
  const parsed = botsFileSchema.safeParse(json.value);
  const issues = parsed.success ? [] : parsed.error.issues;
  const problems = [...schemaProblems(issues, json.value), ...checkBotsTogether(json.value)];
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, bots: parsed.data.bots.map(toBot) };
};

import type { HttpRequest } from '@azure/functions';
import * as z from 'zod';
import { compileEventPatterns, isEventPattern } from '../routing/event-pattern.js';
import { readBody } from './read-body.js';

/** What a command's body asks for, or everything that is wrong with it. */
export type CommandReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly { readonly field: string; readonly detail: string }[] };

const maxBodyBytes = 64 * 1024;
const maxSpanMs = 366 * 86_400_000;

const provider = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: 'the name of a provider' });
const moment = z.iso.datetime({ offset: true, error: 'a moment such as 2026-01-31T00:00:00Z' });
const flag = z.boolean({ error: 'true or false' });
const bot = z.string({ error: 'the name of a bot' }).min(1);

/** The body of `POST events/{id}/replay`; every field may be absent. */
const replayOneSchema = z.strictObject({
  bot: bot.optional(),
  provider: provider.optional(),
  date: z.iso.date({ error: 'a day such as 2026-01-31' }).optional(),
  dryRun: flag.default(false),
  force: flag.default(false),
});

/** The body of `POST events/replay`. */
const replayManySchema = z.strictObject({
  from: moment,
  to: moment.optional(),
  provider: provider.optional(),
  type: z
    .string()
    .refine((text) => isEventPattern(text), { error: 'a pattern such as github.pull_request or *' })
    .optional(),
  bot: bot.optional(),
  dryRun: flag.default(false),
  force: flag.default(false),
});

export type ReplayOne = z.infer<typeof replayOneSchema>;

export interface ReplayMany extends Omit<z.infer<typeof replayManySchema>, 'from' | 'to'> {
  readonly type: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly wantsType: (type: string) => boolean;
}

const wrong = <T>(field: string, detail: string): CommandReading<T> => ({ ok: false, errors: [{ field, detail }] });

const parseJson = (body: Buffer): unknown => {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
};

const errorsOf = ({ issues }: z.ZodError): readonly { field: string; detail: string }[] =>
  issues.slice(0, 20).map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : issue.path;
    return { field: keys.map(String).join('.').slice(0, 80), detail: `expected ${issue.message.slice(0, 120)}` };
  });

const readCommand = async <T>(request: HttpRequest, schema: z.ZodType<T>): Promise<CommandReading<T>> => {
  const reading = await readBody(request, maxBodyBytes);
  if (reading.kind === 'too-large') return wrong('', `expected a body below ${maxBodyBytes} bytes`);
  const json = parseJson(reading.body);
  if (json === undefined) return wrong('', 'expected JSON, or nothing');
  const parsed = schema.safeParse(json);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, errors: errorsOf(parsed.error) };
};

const unknownBot = (name: string | undefined, bots: readonly string[]): string | undefined =>
  name === undefined || bots.includes(name) ? undefined : `expected one of ${bots.join(', ')}`;

/** Reads the body of a command for one event. `bots` are the names there are. */
export const readReplayOne = async (
  request: HttpRequest,
  bots: readonly string[],
): Promise<CommandReading<ReplayOne>> => {
  const reading = await readCommand(request, replayOneSchema);
  const unknown = reading.ok ? unknownBot(reading.value.bot, bots) : undefined;
  return unknown === undefined ? reading : wrong('bot', unknown);
};

/** Reads the body of a command for a stretch of time; `to` is now when it is absent. */
export const readReplayMany = async (
  request: HttpRequest,
  { bots, nowMs }: { readonly bots: readonly string[]; readonly nowMs: number },
): Promise<CommandReading<ReplayMany>> => {
  const reading = await readCommand(request, replayManySchema);
  if (!reading.ok) return reading;
  const { from, to, type = '*', ...rest } = reading.value;
  const unknown = unknownBot(rest.bot, bots);
  if (unknown !== undefined) return wrong('bot', unknown);
  const fromMs = Date.parse(from);
  const toMs = to === undefined ? nowMs : Date.parse(to);
  if (toMs < fromMs) return wrong('to', 'expected a moment after from');
  if (toMs - fromMs > maxSpanMs) return wrong('to', 'expected at most 366 days after from');
  return { ok: true, value: { ...rest, type, fromMs, toMs, wantsType: compileEventPatterns([type]) } };
};

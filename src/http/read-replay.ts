import type { HttpRequest } from '@azure/functions';
import * as z from 'zod';
import type { LetterPlace } from '../outbox/replay/replay-dead-letters.js';
import { compileEventPatterns, isEventPattern } from '../routing/match-bots.js';
import { nameForm } from '../text/text.js';
import { readBody } from './arriving-body.js';
import { readCommand } from './operator-endpoint.js';

/** What a command's body asks for, or everything that is wrong with it. */
export type CommandReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly { readonly field: string; readonly detail: string }[] };

const maxBodyBytes = 64 * 1024;
/** No command reaches further. */
export const readMaxSpanMs = 366 * 86_400_000;

export const providerSchema = z.string().regex(nameForm, { error: 'the name of a provider' });
export const momentSchema = z.iso.datetime({ offset: true, error: 'a date and time such as 2026-01-31T00:00:00Z' });
const flag = z.boolean({ error: 'true or false' });
const bot = z.string({ error: 'the name of a bot' }).min(1);

const forceKeyForm = /^[\x21-\x7e]{1,128}$/;
const forceKey = z.string().regex(forceKeyForm, { error: '1 to 128 printable ASCII characters without spaces' });

/** The body of `POST events/{id}/replay`; every field may be absent. */
export const replayOneSchema = z.strictObject({
  bot: bot.optional(),
  provider: providerSchema.optional(),
  date: z.iso.date({ error: 'a day such as 2026-01-31' }).optional(),
  dryRun: flag.default(false),
  force: flag.default(false),
  forceKey: forceKey.optional(),
});

/** The body of `POST events/replay` that names one event, whatever characters its id holds. */
export const replayNamedSchema = replayOneSchema.extend({
  id: z.string({ error: 'the id of an event' }).min(1).max(2_048),
});

/** The body of `POST events/replay`. */
export const replayManySchema = z.strictObject({
  from: momentSchema,
  to: momentSchema.optional(),
  provider: providerSchema.optional(),
  type: z
    .string()
    .refine((text) => isEventPattern(text), { error: 'a pattern such as github.pull_request or *' })
    .optional(),
  bot: bot.optional(),
  dryRun: flag.default(false),
  force: flag.default(false),
  forceKey: forceKey.optional(),
  seconds: z
    .int({ error: 'a whole number' })
    .min(1, { error: '1 to 100' })
    .max(100, { error: '1 to 100' })
    .default(100),
});

export type ReplayOne = z.infer<typeof replayNamedSchema>;

export interface ReplayMany extends Omit<z.infer<typeof replayManySchema>, 'from' | 'to'> {
  readonly id?: undefined;
  readonly type: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly wantsType: (type: string) => boolean;
}

const placeForm = /^(?<time>\d{4}-[\dT:.-]{5,30}Z) (?<name>.{1,1024})$/;

/** The body of `POST dead-letters/replay`. */
export const replayDeadLettersSchema = z.strictObject({
  bot,
  dryRun: flag.default(false),
  after: z.string().regex(placeForm, { error: 'the value of after in an earlier answer' }).optional(),
});

export interface ReplayDead {
  readonly bot: string;
  readonly dryRun: boolean;
  readonly after: LetterPlace | undefined;
}

/** A place as it goes into an answer, and into the next request. */
export const encodePlace = ({ time, name }: LetterPlace): string => `${time} ${name}`;

const decodePlace = (text: string | undefined): LetterPlace | undefined => {
  const { time, name } = placeForm.exec(text ?? '')?.groups ?? {};
  return time === undefined || name === undefined ? undefined : { time, name };
};

const wrong = <T>(field: string, detail: string): CommandReading<T> => ({ ok: false, errors: [{ field, detail }] });

/** What a body should have been, in the words of its schema or, where that has none, in its type's. */
const expectedBy = ({ code, path, message }: z.core.$ZodIssue): string => {
  if (code === 'unrecognized_keys') return 'nothing of that name';
  return path.length === 0 ? 'a JSON object' : message.replace(/^Invalid input: expected /, '').slice(0, 120);
};

/** Everything that is wrong with a body, by its fields. */
export const errorsOf = ({ issues }: z.ZodError): readonly { field: string; detail: string }[] =>
  issues.slice(0, 20).map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : issue.path;
    return { field: keys.map(String).join('.').slice(0, 80), detail: `expected ${expectedBy(issue)}` };
  });

const parseCommand = <T>(json: unknown, schema: z.ZodType<T>): CommandReading<T> => {
  const parsed = schema.safeParse(json);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, errors: errorsOf(parsed.error) };
};

const readJson = async (request: HttpRequest): Promise<CommandReading<unknown>> => {
  const reading = await readBody(request, maxBodyBytes);
  if (reading.kind === 'too-large') return wrong('', `expected a body below ${maxBodyBytes} bytes`);
  const json = readCommand(reading.body);
  return json === undefined ? wrong('', 'expected JSON, or nothing') : { ok: true, value: json };
};

interface Asked {
  readonly bot?: string | undefined;
  readonly force: boolean;
  readonly forceKey?: string | undefined;
}

/** What no field says by itself. `bots` are the names there are. */
const checkTogether = <T extends Asked>(reading: CommandReading<T>, bots: readonly string[]): CommandReading<T> => {
  if (!reading.ok) return reading;
  const { bot: name, force, forceKey: key } = reading.value;
  if (name !== undefined && !bots.includes(name)) return wrong('bot', `expected one of ${bots.join(', ')}`);
  return key !== undefined && !force ? wrong('forceKey', 'expected force as well') : reading;
};

/** Reads the body of a command for the event that the path names. `bots` are the names there are. */
export const readReplayOne = async (
  request: HttpRequest,
  { id, bots }: { readonly id: string; readonly bots: readonly string[] },
): Promise<CommandReading<ReplayOne>> => {
  const json = await readJson(request);
  if (!json.ok) return json;
  const reading = parseCommand(json.value, replayOneSchema);
  return checkTogether(reading.ok ? { ok: true, value: { ...reading.value, id } } : reading, bots);
};

/** Reads the body of a command for the dead letters of one bot. */
export const readReplayDead = async (
  request: HttpRequest,
  { bots }: { readonly bots: readonly string[] },
): Promise<CommandReading<ReplayDead>> => {
  const json = await readJson(request);
  if (!json.ok) return json;
  const reading = parseCommand(json.value, replayDeadLettersSchema);
  if (!reading.ok) return reading;
  const { bot: name, after } = reading.value;
  if (!bots.includes(name)) return wrong('bot', `expected one of ${bots.join(', ')}`);
  return { ok: true, value: { ...reading.value, after: decodePlace(after) } };
};

const stretchOf = (asked: z.infer<typeof replayManySchema>, nowMs: number): CommandReading<ReplayMany> => {
  const { from, to, type = '*', ...rest } = asked;
  const fromMs = Date.parse(from);
  const toMs = to === undefined ? nowMs : Date.parse(to);
  if (toMs < fromMs) return wrong('to', 'expected a time after from');
  if (toMs - fromMs > readMaxSpanMs) return wrong('to', 'expected at most 366 days after from');
  return { ok: true, value: { ...rest, type, fromMs, toMs, wantsType: compileEventPatterns([type]) } };
};

/** Reads the body of a command for one event, when it names an `id`, or for a stretch of time; `to` is now when it is absent. */
export const readReplay = async (
  request: HttpRequest,
  { bots, nowMs }: { readonly bots: readonly string[]; readonly nowMs: number },
): Promise<CommandReading<ReplayOne | ReplayMany>> => {
  const json = await readJson(request);
  if (!json.ok) return json;
  if (Object.hasOwn(Object(json.value), 'id')) return checkTogether(parseCommand(json.value, replayNamedSchema), bots);
  const reading = checkTogether(parseCommand(json.value, replayManySchema), bots);
  return reading.ok ? stretchOf(reading.value, nowMs) : reading;
};

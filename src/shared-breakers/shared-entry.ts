import * as z from 'zod/mini';
import { parseJson } from '../text/text.js';

/** What the instances know of one breaker. */
export interface SharedEntry {
  /** Another one for each piece of news. */
  readonly id: string;
  /** The process that told it. */
  readonly by: string;
  /** `HalfOpen`: that process probes, and is waited for. */
  readonly kind: 'Closed' | 'Open' | 'HalfOpen';
  /** Until when it holds, by the monotonic clock of the process that reads it. */
  readonly untilMs: number;
  /** The latest command to reset. */
  readonly resetId?: string;
  /** What operators have changed. */
  readonly change?: SharedChange;
}

export interface SharedChange {
  readonly id: string;
  /** The options that were changed: it does not hold where settings have given others meanwhile. */
  readonly base: string;
  readonly patch: Readonly<Record<string, unknown>>;
}

export type SharedEntries = ReadonlyMap<string, SharedEntry>;

const longestMs = 2 ** 31 - 1;
const name = z.string().check(z.maxLength(200));

/** As it is written: what remains, and no time of day. */
const entrySchema = z.object({
  id: name,
  by: name,
  kind: z.enum(['Closed', 'Open', 'HalfOpen']),
  remainingMs: z.number().check(z.gte(0), z.lte(longestMs)),
  resetId: z.optional(name),
  change: z.optional(
    z.object({ id: name, base: z.string().check(z.maxLength(4_000)), patch: z.record(z.string(), z.unknown()) }),
  ),
});

const documentSchema = z.object({ version: z.literal(1), breakers: z.record(z.string(), z.unknown()) });

/** With each breaker's name a few hundred bytes: more names than there can be breakers. */
const mostEntries = 500;

/** What can be used of a document, whatever it claims to be; `writtenMs`: when it was written, by this process's clock. */
export const decodeEntries = (json: Buffer, writtenMs: number): SharedEntries => {
  const entries = new Map<string, SharedEntry>();
  const document = documentSchema.safeParse(parseJson(json)).data;
  for (const [breaker, value] of Object.entries(document?.breakers ?? {}).slice(0, mostEntries)) {
    const read = entrySchema.safeParse(value).data;
    if (read === undefined) continue;
    const { remainingMs, resetId, change, ...rest } = read;
    entries.set(breaker, {
      ...rest,
      untilMs: writtenMs + remainingMs,
      ...(resetId !== undefined && { resetId }),
      ...(change !== undefined && { change }),
    });
  }
  return entries;
};

export const encodeEntries = (entries: SharedEntries, nowMs: number): Buffer => {
  const breakers = [...entries].slice(0, mostEntries).map(([breaker, { untilMs, ...rest }]) => {
    const remainingMs = Math.min(longestMs, Math.max(0, Math.round(untilMs - nowMs)));
    return [breaker, { ...rest, remainingMs }] as const;
  });
  return Buffer.from(JSON.stringify({ version: 1, breakers: Object.fromEntries(breakers) }));
};

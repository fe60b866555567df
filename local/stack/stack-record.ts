import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const botSchema = z.object({ name: z.string(), queue: z.string(), ordered: z.boolean() });

/** What a running stack says of itself in `stack.json`, for the commands that work with it and for scripts. */
const stackRecordSchema = z.object({
  version: z.literal(1),
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  /** Absent when the dependencies run alone. */
  host: z.object({ kind: z.enum(['built-in', 'func']), url: z.url() }).optional(),
  blobStorage: z.object({ connectionString: z.string() }),
  serviceBus: z.object({ connectionString: z.string() }),
  keyVault: z.object({ vaultUri: z.url(), caFile: z.string() }),
  /** Where the app reads GitHub's history. */
  githubApi: z.object({ url: z.url() }).optional(),
  /** Likewise GitLab's. */
  gitlabApi: z.object({ url: z.url() }).optional(),
  bots: z.array(botSchema).readonly(),
  /** Where the senders of one's own would be described, whether or not the file is there. */
  providersFile: z.string().optional(),
  control: z.object({ url: z.url(), token: z.string() }),
});

export type StackRecord = Readonly<z.infer<typeof stackRecordSchema>>;

/** A bot as far as its queue is concerned. */
export type BotQueue = Readonly<z.infer<typeof botSchema>>;

const recordPath = (stateDirectory: string): string => join(stateDirectory, 'stack.json');

/** Puts the record in place whole or not at all; only this user may read it, since it holds a token. */
export const writeStackRecord = async (stateDirectory: string, record: StackRecord): Promise<void> => {
  const path = recordPath(stateDirectory);
  const draft = `${path}.${record.pid}`;
  await writeFile(draft, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
};

/** The record in a state directory; `undefined` when there is none or it cannot be understood. */
export const readStackRecord = async (stateDirectory: string): Promise<StackRecord | undefined> => {
  try {
    return stackRecordSchema.parse(JSON.parse(await readFile(recordPath(stateDirectory), 'utf8')));
  } catch {
    return undefined;
  }
};

/** Takes the record away; harmless when there is none. */
export const removeStackRecord = (stateDirectory: string): Promise<void> =>
  rm(recordPath(stateDirectory), { force: true });

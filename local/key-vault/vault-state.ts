import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';

const seconds = z.int().nonnegative();

const storedVersionSchema = z.object({
  version: z.string(),
  value: z.string(),
  enabled: z.boolean(),
  /** Whole seconds since 1970, as everywhere in Key Vault. */
  created: seconds,
  updated: seconds,
  nbf: seconds.optional(),
  exp: seconds.optional(),
  contentType: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
});

/** One version of a secret as the local vault keeps it; times are whole seconds since 1970. */
export type StoredVersion = Readonly<z.infer<typeof storedVersionSchema>>;

const stateSchema = z.object({
  format: z.literal(1),
  secrets: z.array(z.object({ name: z.string(), versions: z.array(storedVersionSchema).min(1) })),
});

/** Every secret by name, its versions oldest first. */
export type VaultState = ReadonlyMap<string, readonly StoredVersion[]>;

const isAbsent = (thrown: unknown): boolean => thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';

/** Reads what an earlier run kept; no file is an empty vault. Throws when the file is there and makes no sense. */
export const readVaultState = async (file: string): Promise<VaultState> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    if (isAbsent(thrown)) return new Map();
    throw thrown;
  }
  try {
    const { secrets } = stateSchema.parse(JSON.parse(text));
    return new Map(secrets.map(({ name, versions }) => [name, versions]));
  } catch (cause) {
    throw new Error(`${file} is not the state of a local vault; remove it to start with an empty one`, { cause });
  }
};

/** Replaces the file as a whole: a crash leaves the old state or the new one. Only this user can read it. */
export const writeVaultState = async (file: string, state: VaultState): Promise<void> => {
  const secrets = [...state].map(([name, versions]) => ({ name, versions }));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify({ format: 1, secrets }, undefined, 2), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
};

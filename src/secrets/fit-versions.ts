import type { Log } from '../observability/log/log.js';
import type { SecretVersion } from './secret-store.js';

const minimumBytes = 16;

/**
 * What makes a value unfit to be a secret, in words for the log, or `undefined` for a fit one. An empty key lets anyone
 * sign; white space at an edge changes the signature and is always a mistake of whoever stored it.
 */
export const secretDefect = (value: string): string | undefined => {
  if (value === '') return 'is empty';
  if (value !== value.trim()) return 'begins or ends with white space';
  if (Buffer.byteLength(value) < minimumBytes) return `is shorter than ${minimumBytes} bytes`;
  return undefined;
};

export interface FitVersionsPorts {
  readonly log: Log;
  /** A further reason to refuse a value of the secret of that name, or `undefined`. */
  readonly refuse?: ((value: string, secretName: string) => string | undefined) | undefined;
}

/** The versions that may verify, newest first, and what is wrong with the newest one of all when it is not among them. */
export interface JudgedVersions {
  readonly versions: readonly SecretVersion[];
  readonly problem?: string;
}

export type FitVersions = (versions: readonly SecretVersion[]) => JudgedVersions;

/**
 * Sorts out the versions that may verify anything. Each refusal is logged once, by name and version, never by value, and
 * again only after the version had been away.
 */
export const createFitVersions = (name: string, { log, refuse }: FitVersionsPorts): FitVersions => {
  let refused: ReadonlySet<string> = new Set();

  return (versions) => {
    const judged = versions.map((entry) => ({
      entry,
      reason: secretDefect(entry.value) ?? refuse?.(entry.value, name),
    }));
    const unfit = judged.filter(({ reason }) => reason !== undefined);
    for (const { entry, reason } of unfit) {
      if (!refused.has(entry.version)) {
        log.write('warn', 'secret.refused', { secret: name, version: entry.version, reason });
      }
    }
    refused = new Set(unfit.map(({ entry }) => entry.version));
    const problem = judged[0]?.reason;
    return {
      versions: judged.filter(({ reason }) => reason === undefined).map(({ entry }) => entry),
      ...(problem !== undefined && { problem }),
    };
  };
};

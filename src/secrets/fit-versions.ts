import type { Log } from '../observability/log.js';
import { secretDefect } from './secret-defect.js';
import type { SecretVersion } from './secret-store.js';

export interface FitVersionsPorts {
  readonly log: Log;
  /** A further reason to refuse a value of the secret of that name, or `undefined`. */
  readonly refuse?: ((value: string, secretName: string) => string | undefined) | undefined;
}

/**
 * Sorts out the versions that may verify anything. Each refusal is logged once, by name and version, never by value, and
 * again only after the version had been away.
 */
export const createFitVersions = (name: string, { log, refuse }: FitVersionsPorts) => {
  let refused: ReadonlySet<string> = new Set();

  return (versions: readonly SecretVersion[]): readonly SecretVersion[] => {
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
    return judged.filter(({ reason }) => reason === undefined).map(({ entry }) => entry);
  };
};

import type { Clock } from '../time/clock.js';
import type { SecretLookup, Secrets } from './secrets.js';

export interface SecretWarmUpPorts {
  /** The secrets that requests will ask for. */
  readonly names: readonly string[];
  readonly secrets: Secrets;
  readonly clock: Pick<Clock, 'startTimer'>;
}

/** As many as a half-open breaker of the vault lets through, so that a warm-up after an outage is its probe, not its victim. */
const atOnce = 2;
/** Longer than the vault's breaker lets a call run. */
const patienceMs = 30_000;
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;

/** The vault has said what it holds, even if that is nothing. */
const isAnswer = (lookup: SecretLookup): boolean =>
  lookup.kind === 'missing' || (lookup.kind === 'found' && lookup.source === 'vault');

/**
 * Fills the cache before anybody asks, a few secrets at once, through the breaker. Ends with the first pass; what the vault did
 * not answer is asked again after 5 s, then after twice as long each time, up to a minute, as long as the breaker's cool-down is
 * over: until all is known. Only what failed is asked again. Never rejects.
 */
export const createSecretWarmUp = ({ names, secrets, clock }: SecretWarmUpPorts): (() => Promise<void>) => {
  /** Those that failed, and how long the breaker wants to be left alone. */
  const readAll = async (wanted: readonly string[]) => {
    const waiting = wanted.values();
    const failed: string[] = [];
    let retryAfterMs = 0;
    const warm = async (): Promise<void> => {
      for (const name of waiting) {
        const lookup = await secrets.lookUp(name, { timeoutMs: patienceMs });
        if (isAnswer(lookup)) continue;
        failed.push(name);
        if ('retryAfterMs' in lookup) retryAfterMs = Math.max(retryAfterMs, lookup.retryAfterMs);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, warm));
    return { failed, retryAfterMs };
  };

  const pass = async (wanted: readonly string[], pauseMs: number): Promise<void> => {
    const { failed, retryAfterMs } = await readAll(wanted);
    if (failed.length === 0) return;
    const nextPauseMs = Math.min(longestPauseMs, pauseMs * 2);
    clock.startTimer(Math.max(pauseMs, retryAfterMs), () => {
      pass(failed, nextPauseMs).catch(() => undefined);
    });
  };

  return () => pass(names, firstPauseMs).catch(() => undefined);
};

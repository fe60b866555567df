import type { CircuitBreakerSnapshot } from '../../circuit-breaker/circuit-breaker-snapshot.js';
import type { AllGates } from '../../last-resort/gate-snapshot.js';
import { stateLabels } from './metric-catalogue.js';
import type { MetricsStore } from './metrics-store.js';

/** How much waits in a store; `null` when it cannot be known now. */
interface Figures {
  readonly pending: number | null;
  readonly oldestSeconds: number | null;
  readonly copies?: Readonly<Record<string, number>>;
}

interface Stocks extends Readonly<Record<'outbox' | 'deadLetters' | 'quarantine' | 'batches', Figures>> {
  readonly bursts?: Figures;
  readonly archiveBacklog: number | null;
  readonly lastRun: { readonly endedAt: string } | null | undefined;
}

export interface GaugeSources {
  readonly breakers: () => readonly { snapshot(): CircuitBreakerSnapshot }[];
  readonly gates: AllGates;
  readonly secretNames: readonly string[];
  readonly isSecretCached: (name: string) => boolean;
  readonly version: string;
  readonly bots: readonly string[];
  /** `maxAgeMs`: how old an answer may be. */
  readonly stocks: (options: { readonly maxAgeMs: number }) => Promise<Stocks>;
}

/** A scrape every few seconds looks into the stores no more often than this. */
const stocksMaxAgeMs = 15_000;

const known = (value: number | null): number => value ?? Number.NaN;

/** Copies are counted only where it is known how many records there are. */
const setCopies = (
  store: MetricsStore,
  name: 'outbox' | 'dead-letters',
  { figures: { pending, copies = {} }, bots }: { readonly figures: Figures; readonly bots: readonly string[] },
): void => {
  for (const bot of bots) {
    store.set('breakwater_waiting_copies', { bot, store: name }, pending === null ? Number.NaN : (copies[bot] ?? 0));
  }
};

const setStocks = (store: MetricsStore, stocks: Stocks, bots: readonly string[]): void => {
  const { outbox, deadLetters, quarantine, batches, bursts, archiveBacklog, lastRun } = stocks;
  const listed = { outbox, 'dead-letters': deadLetters, quarantine, batches, bursts };
  for (const name of ['outbox', 'dead-letters', 'quarantine', 'batches', 'bursts'] as const) {
    const figures = listed[name];
    if (figures === undefined) continue;
    store.set('breakwater_waiting', { store: name }, known(figures.pending));
    store.set('breakwater_waiting_oldest_seconds', { store: name }, known(figures.oldestSeconds));
  }
  store.set('breakwater_waiting', { store: 'archive-backlog' }, known(archiveBacklog));
  setCopies(store, 'outbox', { figures: outbox, bots });
  setCopies(store, 'dead-letters', { figures: deadLetters, bots });
  const endedMs = lastRun ? Date.parse(lastRun.endedAt) : null;
  store.set('breakwater_timer_last_run_timestamp_seconds', {}, endedMs === null ? Number.NaN : endedMs / 1000);
};

/**
 * Reads what is true now: the states of the breakers, which secrets would outlive an outage of the vault, and what waits, for a second at
 * most. Never throws.
 */
export const createSetGauges =
  ({ breakers, gates, secretNames, isSecretCached, version, bots, stocks }: GaugeSources) =>
  async (store: MetricsStore): Promise<void> => {
    store.set('breakwater_build_info', { version }, 1);
    for (const breaker of breakers()) {
      const { name, state, running, consecutiveFailures } = breaker.snapshot();
      for (const label of Object.values(stateLabels)) {
        const value = label === stateLabels[state] ? 1 : 0;
        store.set('breakwater_circuit_breaker_state', { breaker: name, state: label }, value);
      }
      store.set('breakwater_circuit_breaker_calls_running', { breaker: name }, running);
      store.set('breakwater_circuit_breaker_consecutive_failures', { breaker: name }, consecutiveFailures);
    }
    for (const [breaker, { state, waiting }] of Object.entries(gates())) {
      store.set('breakwater_last_resort_working', { breaker }, state === 'working' ? 1 : 0);
      store.set('breakwater_last_resort_waiting', { breaker }, waiting);
    }
    for (const secret of secretNames) {
      store.set('breakwater_secret_cached', { secret }, isSecretCached(secret) ? 1 : 0);
    }
    setStocks(store, await stocks({ maxAgeMs: stocksMaxAgeMs }), bots);
  };

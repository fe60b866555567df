import { guardedArchive } from '../archive/guarded-archive.js';
import type { Batch } from '../batches/batch.js';
import { countOutcome } from '../http/count-outcome.js';
import { logOutcome } from '../http/log-outcome.js';
import { createSplitStored, type SplitStored } from '../ingest/batch/split-stored.js';
import type { EventOutcome } from '../ingest/outcome.js';
import { createTimerHandler, type TimerHandler } from '../observability/timer-handler.js';
import { createOutboxTimer } from '../outbox/outbox-timer.js';
import { createProviderLookup } from '../providers/select-providers.js';
import { createBotMatcher } from '../routing/match-bots.js';
import type { Foundation } from './foundation.js';
import { createReleaseQuarantined } from './release-quarantined.js';

/** What is left of batches is taken first: what it owes goes out with the rest. Little of the timer's five minutes. */
const batchesTimeLimitMs = 40_000;

/** Every event leaves the line and the count that it would have left if it had come alone. */
const createSplit = ({ dependencies, breakers, inOrder, lastResort, batches, metrics }: Foundation): SplitStored => {
  const { settings, clock, log } = dependencies;
  const onOutcome = (outcome: EventOutcome, { provider, correlationId, list }: Batch, durationMs: number): void => {
    logOutcome(log, outcome, { provider, correlationId, bytes: list.length, durationMs });
    countOutcome(metrics, outcome, provider);
  };
  return createSplitStored({
    batches,
    archive: guardedArchive(dependencies.archive, breakers['blob-storage']),
    send: inOrder.send,
    outbox: inOrder.outbox,
    lastResort,
    matchBots: createBotMatcher(dependencies.bots),
    maxMessageBytes: settings.maxMessageBytes,
    queueUnavailable: settings.queueUnavailable,
    findProvider: createProviderLookup(settings.providers, settings.ownProviders),
    serviceBusCircuit: breakers['service-bus'],
    requestBudgetMs: settings.requestBudgetMs,
    clock,
    log,
    onOutcome,
  });
};

export const createDrainHandler = (foundation: Foundation): TimerHandler => {
  const { dependencies, breakers, send, delivered, metrics, scope, reportStates } = foundation;
  const circuits = { storage: breakers['blob-storage'], serviceBus: breakers['service-bus'] };
  const maxAgeMs = dependencies.settings.outboxMaxAgeMs;
  const timer = createOutboxTimer({ ...dependencies, ...circuits, send, circuits, delivered, metrics, maxAgeMs });
  const releaseQuarantined = createReleaseQuarantined(foundation);
  const splitStored = createSplit(foundation);
  const work = async (): Promise<void> => {
    await releaseQuarantined();
    await splitStored(dependencies.clock.monotonicMs() + batchesTimeLimitMs);
    await timer();
  };
  return createTimerHandler({ log: dependencies.log, metrics, scope, work, onEnd: reportStates });
};

import { AsyncLocalStorage } from 'node:async_hooks';
import { guardedArchive, guardedList } from '../archive/guarded-archive.js';
import type { Batch } from '../batches/batch.js';
import { countOutcome } from '../http/count-outcome.js';
import { logOutcome } from '../http/log-outcome.js';
import { createSplitStored, type SplitStored } from '../ingest/batch/split-stored.js';
import type { EventOutcome } from '../ingest/outcome.js';
import { breakerThenGate } from '../last-resort/breaker-then-gate.js';
import { createTimerHandler, type TimerHandler } from '../observability/timer-handler.js';
import { createDrainSoon, type DrainSoon } from '../outbox/drain-soon.js';
import { createOutboxTimer } from '../outbox/outbox-timer.js';
import { createSweep, type Sweep } from '../presence/sweep.js';
import { createProviderLookup } from '../providers/select-providers.js';
import { createBotMatcher } from '../routing/match-bots.js';
import type { Foundation } from './foundation.js';
import { createReleaseQuarantined } from './release-quarantined.js';

/** What is left of batches is taken first: what it owes goes out with the rest. Little of the timer's five minutes. */
const batchesTimeLimitMs = 40_000;

/** Every event leaves the line and the count that it would have left if it had come alone. */
const createSplit = ({
  dependencies,
  breakers,
  inOrder,
  lastResort,
  patience,
  batches,
  metrics,
}: Foundation): SplitStored => {
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
    patience,
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

/** Tells every instance that the timer's work was done, for as long as storage takes it. */
const noteRun = async ({ dependencies, breakers }: Foundation, complete: boolean): Promise<void> => {
  const { timerRuns, clock, instance } = dependencies;
  const run = { endedAt: new Date(clock.epochMs()).toISOString(), instance, complete };
  await breakers['blob-storage'].call((signal) => timerRuns.write(run, signal), { timeoutMs: soundOutMs });
};

/** Of one run: what is not looked through by then is for the next. */
const sweepTimeLimitMs = 30_000;

/** What instances archived and did not route before they were killed becomes owed first. */
const createAppSweep = ({
  dependencies,
  breakers,
  bodies,
  presences,
  isAccepted,
  outbox,
  metrics,
}: Foundation): Sweep | undefined => {
  const { settings, clock, log } = dependencies;
  return (
    presences &&
    createSweep({
      presences,
      list: guardedList(dependencies.archive, breakers['blob-storage']),
      outbox,
      matchBots: createBotMatcher(dependencies.bots),
      isAccepted,
      learnAccepted: async () => bodies?.look(),
      providers: settings.providers,
      maxMessageBytes: settings.maxMessageBytes,
      clock,
      log,
      metrics,
    })
  );
};

/** For so long a dependency has to answer whether it is there. */
const soundOutMs = 2_000;

/** Brings what is owed to its place: for the timer, and between its runs. While a breaker refuses, by the gate beside it, once that lets through. */
export const createAppDrain = (foundation: Foundation): DrainSoon => {
  const { dependencies, breakers, gates, queueSend, delivered, metrics } = foundation;
  const storage = breakerThenGate(breakers['blob-storage'], gates['blob-storage']);
  const serviceBus = breakerThenGate(breakers['service-bus'], gates['service-bus']);
  const circuits = { storage, serviceBus };
  const maxAgeMs = dependencies.settings.outboxMaxAgeMs;
  const send = queueSend(serviceBus);
  const timer = createOutboxTimer({ ...dependencies, ...circuits, send, circuits, delivered, metrics, maxAgeMs });
  const releaseQuarantined = createReleaseQuarantined(foundation);
  const splitStored = createSplit(foundation);
  const sweep = createAppSweep(foundation);
  const { probes, clock } = dependencies;
  const soundOut = (['blob-storage', 'service-bus'] as const).map(
    (name) => () => gates[name].call<unknown>((signal) => probes[name](signal), { timeoutMs: soundOutMs }),
  );
  const drain = async (): Promise<boolean> => {
    await sweep?.(clock.monotonicMs() + sweepTimeLimitMs);
    await releaseQuarantined();
    await splitStored(clock.monotonicMs() + batchesTimeLimitMs);
    const complete = await timer();
    await noteRun(foundation, complete);
    return complete;
  };
  return createDrainSoon({ soundOut, drain, clock, outside: AsyncLocalStorage.snapshot() });
};

export const createDrainHandler = (
  { dependencies, metrics, scope, reportStates }: Foundation,
  { run }: DrainSoon,
): TimerHandler => createTimerHandler({ log: dependencies.log, metrics, scope, work: run, onEnd: reportStates });

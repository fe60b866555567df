import { AsyncLocalStorage } from 'node:async_hooks';
import { createReportConflict, guardedList } from '../archive/guarded-archive.js';
import type { Batch } from '../batches/batch.js';
import { isCoalescing } from '../coalescing/coalescing-queue.js';
import type { DrainBursts } from '../coalescing/drain-bursts.js';
import { eventMessageId } from '../envelope/event-identity.js';
import { countOutcome, logOutcome } from '../http/tell-outcome.js';
import type { EventOutcome } from '../ingest/outcome.js';
import { createSplitStored, type SplitStored } from '../ingest/split-stored.js';
import { breakerThenGate } from '../last-resort/breaker-then-gate.js';
import type { Log } from '../observability/log/log.js';
import type { DrainEnd } from '../outbox/drain/drain.js';
import { createDrainSoon, type DrainSoon } from '../outbox/drain/drain-soon.js';
import { createOutboxTimer, type TimerNamespace } from '../outbox/drain/outbox-timer.js';
import { createSweep, type Sweep } from '../presence/sweep.js';
import { createProviderLookup } from '../providers/built-in.js';
import { createBotMatcher } from '../routing/match-bots.js';
import type { Account } from './accounts.js';
import type { Foundation } from './foundation.js';
import { inShard } from './observation.js';
import { once } from './once.js';
import { createReleaseQuarantined } from './release-quarantined.js';

/**
 * For how long each step of the timer begins new work, in their order: what each finds becomes owed, and goes out with the rest. Together, and
 * with what is under way when each ends, they stay below `functionTimeout` of host.json.
 */
export const drainStepsMs = {
  sweep: 20_000,
  quarantine: 30_000,
  batches: 30_000,
  owed: 170_000,
} as const;

/** The longest that one step goes on with what it has begun: an event of a batch or of the quarantine takes a request's time. */
export const longestEndMs = 10_000;

/** Every event leaves the line and the count that it would have left if it had come alone. */
const createSplit = (foundation: Foundation): SplitStored => {
  const { dependencies, accounts, namespaces, inOrder, lastReason, lastResort, storesFor, patience, batches } =
    foundation;
  const { bodies, metrics } = foundation;
  const { settings, clock, log } = dependencies;
  const onOutcome = (outcome: EventOutcome, { provider, correlationId, list }: Batch, durationMs: number): void => {
    logOutcome(log, outcome, { told: { provider, correlationId, bytes: list.length, durationMs }, lastReason });
    countOutcome(metrics, outcome, provider);
  };
  return createSplitStored({
    batches,
    archive: accounts.archiveBy(({ breaker }) => breaker),
    send: inOrder.send,
    outbox: inOrder.outbox,
    lastResort,
    patience,
    ...(storesFor !== undefined && { storesFor }),
    bodies,
    onConflict: createReportConflict({ log, metrics }),
    matchBots: createBotMatcher(dependencies.bots),
    maxMessageBytes: settings.maxMessageBytes,
    queueUnavailable: settings.queueUnavailable,
    findProvider: createProviderLookup(settings.providers, settings.ownProviders),
    serviceBusCircuit: namespaces.circuit,
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

/** What instances archived in an account and did not route before they were killed becomes owed first. */
const createAccountSweep = (
  { dependencies, bodies, isAccepted, inOrder, metrics }: Foundation,
  { presences, archive, breaker, outbox }: Account,
): Sweep | undefined => {
  const { settings, clock, log } = dependencies;
  return (
    presences &&
    createSweep({
      presences,
      list: guardedList(archive, breaker),
      outbox: { ...outbox, create: inOrder.outboxOfElders.create },
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

/** A line says its shard, where there are several. */
const shardLog = (log: Log, shard: Readonly<Record<string, string>>): Log =>
  Object.keys(shard).length === 0
    ? log
    : { write: (level, event, fields) => log.write(level, event, { ...fields, ...shard }) };

/** Moves what one account is owed and owes. While a breaker refuses, by the gate beside it, once that lets through. */
const createAccountTimer = (
  foundation: Foundation,
  index: number,
  account: Account,
): ReturnType<typeof createOutboxTimer> => {
  const { dependencies, accounts, namespaces, metrics } = foundation;
  const { log, settings } = dependencies;
  const storage = breakerThenGate(account.breaker, account.gate);
  const isOurs = (place: number): NonNullable<TimerNamespace['isOurs']> => {
    return ({ attributes, payload: { sha256 } }, { queue, sessionId }) =>
      namespaces.indexOf(queue, { sessionId, messageId: eventMessageId({ ...attributes, sha256 }) }) === place;
  };
  return createOutboxTimer({
    ...dependencies,
    archive: account.archive,
    outbox: account.store,
    readPayload: accounts.readBy(({ breaker, gate }) => breakerThenGate(breaker, gate)),
    send: namespaces.sendBy(({ breaker, gate }) => breakerThenGate(breaker, gate)),
    storage,
    storageCircuit: storage,
    namespaces: namespaces.each.map(({ name, breaker, gate, backlogFor }, place) => {
      const serviceBus = breakerThenGate(breaker, gate);
      const shard = {
        ...(accounts.each.length > 1 && { account: inShard('blob-storage', account.name) }),
        ...(namespaces.each.length > 1 && { namespace: inShard('service-bus', name) }),
      };
      return {
        backlog: backlogFor(account.name),
        serviceBus,
        circuit: serviceBus,
        ...(namespaces.each.length > 1 && { isOurs: isOurs(place) }),
        log: shardLog(log, shard),
      };
    }),
    delivered: accounts.delivered[index] ?? accounts.delivered[0],
    metrics,
    maxAgeMs: settings.outboxMaxAgeMs,
    timeLimitMs: drainStepsMs.owed,
  });
};

/** Answers as soon as one does; not `ok` when none did. */
const anyOf = async (asked: readonly Promise<{ readonly ok: boolean }>[]): Promise<{ readonly ok: boolean }> => {
  const answers = asked.map(async (answer) => ((await answer).ok ? { ok: true } : Promise.reject(new Error('Failed'))));
  return Promise.any(answers).catch(() => ({ ok: false }));
};

/** Sends on the bursts that are over, where bots want that; nothing of it is loaded otherwise. */
const createAppBursts = (foundation: Foundation): DrainBursts | undefined => {
  const { bursts, bots: all } = foundation.dependencies;
  const bots = all.filter(isCoalescing);
  if (bursts === undefined || bots.length === 0) return undefined;
  const load = once(async () => (await import('./bursts-job.js')).createBursts(foundation, { bots, bursts }));
  return async (untilMs) => (await load())(untilMs);
};

/** Brings what is owed to its place: for the timer, and between its runs. The accounts' work runs side by side. */
export const createAppDrain = (foundation: Foundation): DrainSoon => {
  const { dependencies, accounts, namespaces } = foundation;
  const { probes, shards, clock } = dependencies;
  const releaseQuarantined = createReleaseQuarantined(foundation);
  const splitStored = createSplit(foundation);
  const sendBursts = createAppBursts(foundation);
  const soundOutStorage = ({ name, gate }: Account) => {
    const probe = shards?.accounts.find((one) => one.name === name)?.probe ?? probes['blob-storage'];
    return () => gate.call<unknown>((signal) => probe(signal), { timeoutMs: soundOutMs });
  };
  const soundOutServiceBus = () =>
    anyOf(
      namespaces.each.map(({ name, gate }) => {
        const probe = shards?.namespaces.find((one) => one.name === name)?.probe ?? probes['service-bus'];
        return gate.call<unknown>((signal) => probe(signal), { timeoutMs: soundOutMs });
      }),
    );
  const ways = namespaces.each.map(({ breaker, gate }) => breakerThenGate(breaker, gate));
  const reachable = ways.length === 1 ? undefined : () => ways.map((way) => way.retryAfterMs === 0).join();
  const drains = accounts.each.map((account, index) => {
    const timer = createAccountTimer(foundation, index, account);
    const sweep = createAccountSweep(foundation, account);
    const drain = async (): Promise<DrainEnd> => {
      const isSwept = (await sweep?.(clock.monotonicMs() + drainStepsMs.sweep)) ?? true;
      const endOf = (end: DrainEnd): DrainEnd => (end === 'complete' && !isSwept ? 'left-something' : end);
      if (index > 0) return endOf(await timer());
      // What could not be verified, and batches that were not taken apart yet, lie in the first account; some come out of the backlog first.
      const [moved] = await Promise.all([
        timer(async () => {
          await releaseQuarantined(drainStepsMs.quarantine);
          await splitStored(clock.monotonicMs() + drainStepsMs.batches);
        }),
        sendBursts?.(clock.monotonicMs() + drainStepsMs.owed),
      ]);
      const end = endOf(moved);
      await noteRun(foundation, end === 'complete');
      return end;
    };
    const soundOut = [soundOutStorage(account), soundOutServiceBus];
    return createDrainSoon({
      soundOut,
      drain,
      reachable,
      clock,
      betweenTimers: dependencies.drainsBetweenTimers === true,
      outside: AsyncLocalStorage.snapshot(),
    });
  });
  return {
    owe: (isHeldUp) => {
      for (const drain of drains) drain.owe(isHeldUp);
    },
    run: async () => void (await Promise.all(drains.map((drain) => drain.run()))),
  };
};

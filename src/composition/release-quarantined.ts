import { countOutcome, logOutcome } from '../http/tell-outcome.js';
import type { Ingest } from '../ingest/ingest.js';
import type { EventOutcome, IngestOutcome } from '../ingest/outcome.js';
import type { Log, LogLevel } from '../observability/log/log.js';
import { createProviderLookup } from '../providers/built-in.js';
import { createDrainQuarantine, type Fate, type QuarantineReport } from '../quarantine/drain-quarantine.js';
import { guardedQuarantine } from '../quarantine/quarantine-store.js';
import { asDelivery, type QuarantinedDelivery } from '../quarantine/quarantined-delivery.js';
import { webhookSecretName } from '../secrets/secrets.js';
import type { Foundation } from './foundation.js';
import { createAppIngest } from './webhook-handlers.js';

/** For so long a run waits to hear what other instances accepted. */
const learnForMs = 5_000;

/** What a request of GitHub's may take: nobody waits for the answer. */
const budgetMs = 9_000;

const eventsOf = (outcome: IngestOutcome): readonly EventOutcome[] =>
  outcome.kind === 'batch' ? outcome.outcomes : [outcome];

/** What is archived and owed is kept, whatever a sender would be told. */
const isLost = (outcome: EventOutcome): boolean => outcome.kind === 'unavailable' && outcome.deferred !== true;

const fateOf = (outcome: IngestOutcome): Fate => {
  if (eventsOf(outcome).some(isLost)) return 'not-now';
  return outcome.kind === 'rejected' ? 'refused' : 'kept';
};

/** Every event leaves the line and the count that it would have left if it could have been verified when it came. */
const createTake = (foundation: Foundation, ingest: Ingest) => {
  const { dependencies, lastReason, metrics } = foundation;
  const { settings, clock, log } = dependencies;
  const findProvider = createProviderLookup(settings.providers, settings.ownProviders);
  return async (quarantined: QuarantinedDelivery): Promise<Fate> => {
    const { provider: name, body, clientAddress, correlationId, traceparent, tracestate } = quarantined;
    const provider = findProvider(name);
    if (provider === undefined) return 'not-now';
    const startedMs = clock.monotonicMs();
    const patient = { ...provider, replyBudgetMs: budgetMs };
    const delivery = asDelivery(quarantined);
    const trace = { correlationId, traceparent, tracestate };
    const outcome = await ingest({ provider: patient, delivery, clientAddress, ...trace });
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    for (const each of eventsOf(outcome)) {
      logOutcome(log, each, { told: { provider: name, correlationId, bytes: body.length, durationMs }, lastReason });
      countOutcome(metrics, each, name);
    }
    return fateOf(outcome);
  };
};

/**
 * One run over what waits in quarantine. A provider's turn comes when the vault, or the cache of what it said, has its secret: the
 * fallback is one version, by which a genuine delivery might be taken for a forged one.
 */
export const createReleaseQuarantined = (foundation: Foundation): ((timeLimitMs: number) => Promise<void>) => {
  const { dependencies, breakers, secrets, metrics } = foundation;
  const { settings, quarantine, clock, log } = dependencies;
  const take = createTake(foundation, createAppIngest(foundation, { waited: true }));
  let accepted: Promise<void> | undefined;
  /** Once in a run, and only if there is something to take. */
  const learnAccepted = (): Promise<void> => {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    accepted ??= Promise.race([foundation.bodies?.look(), late]).finally(clock.startTimer(learnForMs, resolve));
    return accepted;
  };
  const drain = createDrainQuarantine({
    store: guardedQuarantine(quarantine, breakers['blob-storage']),
    canVerify: async (provider) => {
      if (!settings.providers.includes(provider)) return false;
      const lookup = await secrets.lookUp(webhookSecretName(provider), { timeoutMs: budgetMs });
      return lookup.kind === 'found' && lookup.source !== 'fallback';
    },
    take: async (quarantined) => {
      await learnAccepted();
      return take(quarantined);
    },
    maxAgeMs: settings.outboxMaxAgeMs,
    clock,
    log,
    metrics,
  });
  return async (timeLimitMs) => {
    const startedMs = clock.monotonicMs();
    accepted = undefined;
    const report = await drain(startedMs + timeLimitMs);
    logQuarantineRun(log, report, Math.round(clock.monotonicMs() - startedMs));
  };
};

const levelOf = ({ kept, refused, putAside, stoppedBy }: QuarantineReport): LogLevel => {
  if (stoppedBy.length > 0) return 'warn';
  return kept + refused + putAside > 0 ? 'info' : 'debug';
};

/** The one line that each run over the quarantine leaves. */
export const logQuarantineRun = (log: Log, report: QuarantineReport, durationMs: number): void => {
  const { kept, refused, putAside, stoppedBy } = report;
  log.write(levelOf(report), 'quarantine.drained', { kept, refused, putAside, stoppedBy, durationMs });
};

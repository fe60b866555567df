import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { queueDefinition } from '../../local/service-bus/queue-definition.js';
import { type App, createApp } from '../../src/composition/app.js';
import type { Dependencies } from '../../src/composition/dependencies.js';
import { createInvocationLog } from '../../src/observability/log/log.js';
import type { Telemetry } from '../../src/observability/telemetry/telemetry.js';
import { createTimerRuns } from '../../src/outbox/drain/timer-runs.js';
import type { Provider } from '../../src/providers/provider.js';
import type { Bot } from '../../src/routing/bot.js';
import { archiveBacklogQueue } from '../../src/routing/event-queue.js';
import { createMemorySecretStore, type MemorySecretStore } from '../../src/secrets/memory-secret-store.js';
import { readSettings } from '../../src/settings/read-settings.js';
import type { Settings } from '../../src/settings/settings.js';
import type { SharedStateStore } from '../../src/shared-breakers/shared-state-store.js';
import type { Download } from '../../src/source-ranges/download-text.js';
import { ManualClock } from './manual-clock.js';
import { createMemoryBacklogSource, type MemoryBacklogSource } from './memory/backlog-source.js';
import { createMemoryBatchStore, type MemoryBatchStore } from './memory/batch-store.js';
import { createMemoryBurstSource, type MemoryBurstSource } from './memory/burst-source.js';
import { createMemoryEventQueue, type MemoryEventQueue } from './memory/event-queue.js';
import { createMemoryIndexStore, type MemoryIndexStore } from './memory/index-store.js';
import { createMemoryOneBlob, type MemoryOneBlob } from './memory/one-blob.js';
import { createMemoryOutboxStore, type MemoryOutboxStore } from './memory/outbox-store.js';
import { createMemoryPayloadArchive, type MemoryPayloadArchive } from './memory/payload-archive.js';
import type { MemoryPresenceStore } from './memory/presence-store.js';
import { createMemoryPublishedListStore, type MemoryPublishedListStore } from './memory/published-list-store.js';
import { createMemoryQuarantineStore, type MemoryQuarantineStore } from './memory/quarantine-store.js';
import { createMemoryTelemetry, type MemoryTelemetry } from './memory/telemetry.js';
import { postWebhook, type Reply, runTimer } from './post-webhook.js';

export const testSecret = 'a-secret-for-tests-only';

export const mergeWarden: Bot = {
  name: 'merge-warden',
  queue: 'bot-merge-warden',
  events: ['github.pull_request'],
  ordered: true,
  orderBy: 'entity',
};

export const notifier: Bot = {
  name: 'notifier',
  queue: 'bot-notifier',
  events: ['*'],
  ordered: false,
  orderBy: 'entity',
};

export interface MemoryAppOptions {
  readonly bots?: readonly Bot[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Senders of `providers.json`. */
  readonly ownProviders?: readonly Provider[];
  /** The queues that exist; absent: every queue does. */
  readonly queues?: readonly string[];
  readonly buildClients?: () => Promise<void>;
  /** Another instance, whose stores and clock this one shares. */
  readonly beside?: MemoryApp;
  /** Absent: one that remembers. */
  readonly telemetry?: Telemetry;
  /** What GitHub's published list is answered with; absent: nobody answers. */
  readonly downloadGithubMeta?: () => Promise<Download>;
  /** Puts something else in place of a dependency, or before it. */
  /** Tells other instances that this one lives, and looks for what others left. */
  readonly presences?: MemoryPresenceStore;
  /** Where it tells others of its breakers. */
  readonly sharedState?: SharedStateStore;
  readonly wrap?: (dependencies: Dependencies) => Dependencies;
}

/** The whole app on memory adapters and a manual clock, with what a test needs to look inside and make things fail. */
export interface MemoryApp {
  readonly app: App;
  readonly archive: MemoryPayloadArchive;
  readonly outbox: MemoryOutboxStore;
  /** Where the timer's latest run is written down. */
  readonly timerRun: MemoryOneBlob;
  readonly batches: MemoryBatchStore;
  readonly archiveIndex: MemoryIndexStore;
  readonly quarantine: MemoryQuarantineStore;
  readonly queue: MemoryEventQueue;
  readonly backlog: MemoryBacklogSource;
  /** What waits for the ends of bursts. */
  readonly bursts: MemoryBurstSource;
  readonly secrets: MemorySecretStore;
  readonly publishedLists: MemoryPublishedListStore;
  readonly clock: ManualClock;
  /** What telemetry was told, unless the test brought its own. */
  readonly telemetry: MemoryTelemetry;
  /** Every log line so far, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Posts a signed GitHub delivery. */
  github(event: string, payload: unknown, options?: GithubDelivery): Promise<Reply>;
  /** Runs the outbox timer once. */
  drain(): Promise<void>;
  /** Runs the timer that reads GitHub's published list once. */
  refreshSourceRanges(): Promise<void>;
}

export interface GithubDelivery {
  readonly delivery?: string;
  readonly secret?: string;
  /** Headers to add, or to replace; an empty text removes one. */
  readonly headers?: Readonly<Record<string, string>>;
}

const developmentEnvironment = {
  AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  PayloadStorage: 'UseDevelopmentStorage=true',
  ServiceBus: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
  WEBHOOK_SECRET_GITHUB: testSecret,
};

const readTestSettings = (environment: Readonly<Record<string, string>>): Settings => {
  const reading = readSettings({ ...developmentEnvironment, ...environment });
  if (!reading.ok) throw new Error(`The test's settings are wrong: ${JSON.stringify(reading.problems)}`);
  return reading.settings;
};

const plainSettings = readTestSettings({});

/** `sha256=<hex>` over the raw bytes, as GitHub sends it. */
export const signGithub = (body: Buffer, secret: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

const githubHeaders = (event: string, body: Buffer, options: GithubDelivery): Readonly<Record<string, string>> => {
  const all = {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': options.delivery ?? 'b16b00b5-0000-4000-8000-000000000001',
    'x-hub-signature-256': signGithub(body, options.secret ?? testSecret),
    ...options.headers,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
};

/** The bytes of a payload: a Buffer as it is, a text as UTF-8, anything else as JSON. */
export const bodyOf = (payload: unknown): Buffer => {
  if (Buffer.isBuffer(payload)) return payload;
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
};

export const createMemoryApp = (options: MemoryAppOptions = {}): MemoryApp => {
  const { beside, sharedState } = options;
  const archive = beside?.archive ?? createMemoryPayloadArchive();
  const clock = beside?.clock ?? new ManualClock();
  const queue =
    beside?.queue ??
    createMemoryEventQueue({
      ...(options.queues !== undefined && { queues: options.queues }),
      duplicateWindow: { ms: queueDefinition('any').duplicateWindowMs, clock },
    });
  const bursts = beside?.bursts ?? createMemoryBurstSource((name) => queue.messages(name), clock);
  const timerRun = beside?.timerRun ?? createMemoryOneBlob();
  const backlog = beside?.backlog ?? createMemoryBacklogSource(() => queue.messages(archiveBacklogQueue));
  const secrets = createMemorySecretStore({ 'github-webhook-secret': testSecret });
  const publishedLists = createMemoryPublishedListStore();
  const outbox = beside?.outbox ?? createMemoryOutboxStore({ clock });
  const batches = beside?.batches ?? createMemoryBatchStore();
  const archiveIndex = beside?.archiveIndex ?? createMemoryIndexStore();
  const quarantine = beside?.quarantine ?? createMemoryQuarantineStore({ clock });
  const lines: Record<string, unknown>[] = [];
  const keep = (line: string): void => {
    // As in an invocation, where the host has the level.
    const { level: _level, ...fields } = JSON.parse(line);
    lines.push(fields);
  };
  const kept = { debug: keep, info: keep, warn: keep, error: keep };
  const log = createInvocationLog(kept);
  const telemetry = createMemoryTelemetry();
  let ids = 0;
  const wrap = options.wrap ?? ((dependencies: Dependencies) => dependencies);
  const dependencies: Dependencies = {
    settings: {
      ...(options.environment ? readTestSettings(options.environment) : plainSettings),
      ownProviders: options.ownProviders ?? [],
    },
    bots: options.bots ?? [mergeWarden, notifier],
    archive,
    outbox,
    timerRuns: createTimerRuns(timerRun),
    batches,
    archiveIndex,
    quarantine,
    ...(options.presences !== undefined && { presences: options.presences }),
    ...(sharedState !== undefined && { sharedState: { kind: 'store', store: sharedState } }),
    queue,
    backlog,
    bursts: { kind: 'source', source: bursts },
    secretStore: secrets,
    publishedLists,
    downloadGithubMeta: options.downloadGithubMeta ?? (async () => ({ kind: 'failed', reason: 'unreachable' })),
    buildClients: options.buildClients ?? (async () => {}),
    probes: {
      'blob-storage': (signal) => archive.read('health/probe', signal),
      'service-bus': async () => {},
      'key-vault': (signal) => secrets.liveVersions('github-webhook-secret', signal),
    },
    clock,
    // Lines of an invocation go to its own context, which is silent in tests: keep them here instead.
    log: { ...log, run: (_sink, work, invocation) => log.run(kept, work, invocation) },
    telemetry: options.telemetry ?? telemetry,
    newId: () => {
      ids += 1;
      return `correlation-${ids}`;
    },
    newHex: (bytes) => randomBytes(bytes).toString('hex'),
    process: randomUUID(),
    version: '0.0.0-test',
    instance: 'test',
  };
  const app = createApp(wrap(dependencies));
  return {
    app,
    archive,
    outbox,
    timerRun,
    batches,
    archiveIndex,
    quarantine,
    queue,
    backlog,
    bursts,
    secrets,
    publishedLists,
    clock,
    telemetry,
    lines,
    drain: () => runTimer(app.drainOutbox),
    refreshSourceRanges: () => runTimer(app.refreshSourceRanges),
    github: (event, payload, delivery = {}) => {
      const body = bodyOf(payload);
      return postWebhook(app.receiveWebhook, { headers: githubHeaders(event, body, delivery), body });
    },
  };
};

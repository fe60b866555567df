import type { ContainerSource } from '../archive/blob-container.js';
import type { PayloadArchive } from '../archive/payload-archive.js';
import type { IndexStore } from '../archive-index/index-store.js';
import type { BatchStore } from '../batches/batch-store.js';
import type { BodyLog } from '../body-record/body-log.js';
import type { BurstSource } from '../coalescing/burst-source.js';
import type { ServiceBusClientSource } from '../coalescing/service-bus-burst-source.js';
import type { Probe } from '../health/probe.js';
import type { InvocationLog } from '../observability/log/log.js';
import type { Telemetry } from '../observability/telemetry/telemetry.js';
import type { ArchiveBacklogSource } from '../outbox/backlog/archive-backlog-source.js';
import type { TimerRuns } from '../outbox/drain/timer-runs.js';
import type { OutboxStore } from '../outbox/record/outbox-store.js';
import type { PresenceStore } from '../presence/presence-store.js';
import type { QuarantineStore } from '../quarantine/quarantine-store.js';
import type { Bot } from '../routing/bot.js';
import type { EventQueue } from '../routing/event-queue.js';
import type { SecretStore } from '../secrets/secret-store.js';
import type { Settings } from '../settings/settings.js';
import type { NamespaceRule } from '../shards/namespace-of.js';
import type { ShardName } from '../shards/shard-of.js';
import type { SharedStateStore } from '../shared-breakers/shared-state-store.js';
import type { Download } from '../source-ranges/download-text.js';
import type { PublishedListStore } from '../source-ranges/published-list.js';
import type { Clock } from '../time/clock.js';

/** A storage account beside the first. */
export interface FurtherAccount {
  readonly name: ShardName;
  readonly archive: PayloadArchive;
  readonly outbox: OutboxStore;
  /** Absent: nobody is told that this instance archives there. */
  readonly presences?: PresenceStore;
  readonly probe: Probe;
}

/** A namespace beside the first. */
export interface FurtherNamespace extends NamespaceRule {
  readonly queue: EventQueue;
  readonly probe: Probe;
}

/** The accounts and namespaces that share the load with the first. Their names are unique among their kind. */
export interface Shards {
  readonly accounts: readonly FurtherAccount[];
  readonly namespaces: readonly FurtherNamespace[];
  /** Where what a namespace holds for an account is received from; the empty name stands for the first. */
  readonly backlog: (namespace: ShardName, account: ShardName) => ArchiveBacklogSource;
}

/** All that touches the outside world, made in `src/composition/azure.ts` for production and from memory adapters in tests. */
export interface Dependencies {
  readonly settings: Settings;
  readonly bots: readonly Bot[];
  readonly archive: PayloadArchive;
  readonly outbox: OutboxStore;
  readonly timerRuns: TimerRuns;
  readonly batches: BatchStore;
  readonly quarantine: QuarantineStore;
  /** Where it is written down what the archive has, in the order of time. Absent: nowhere. */
  readonly archiveIndex?: IndexStore;
  /** Absent: accepted bodies are remembered by this instance alone. */
  readonly bodyLog?: BodyLog;
  /** Absent: nobody is told that this instance lives, and nothing is looked for that others left. */
  readonly presences?: PresenceStore;
  /** Where instances tell each other of their breakers; absent: nowhere. */
  readonly sharedState?:
    | { readonly kind: 'container'; readonly container: ContainerSource }
    | { readonly kind: 'store'; readonly store: SharedStateStore };
  readonly queue: EventQueue;
  readonly backlog: ArchiveBacklogSource;
  /** Where a namespace's events wait until their burst is over; absent: nobody looks there. */
  readonly bursts?:
    | { readonly kind: 'clients'; readonly clientOf: (namespace: ShardName) => ServiceBusClientSource }
    | { readonly kind: 'source'; readonly source: BurstSource };
  readonly secretStore: SecretStore;
  readonly publishedLists: PublishedListStore;
  /** Where the state of reconciling lies; absent: in this process. */
  readonly reconcileContainer?: ContainerSource;
  readonly downloadGithubMeta: () => Promise<Download>;
  /** Rejects when a client cannot be built from the settings; touches no network. */
  readonly buildClients: () => Promise<void>;
  readonly probes: Readonly<Record<'service-bus' | 'blob-storage' | 'key-vault', Probe>>;
  /** Absent: one account and one namespace take everything. */
  readonly shards?: Shards;
  readonly clock: Clock;
  readonly log: InvocationLog;
  /** Absent: telemetry is off. */
  readonly telemetry?: Telemetry;
  /** Brings what is owed to its place without waiting for the timer. Absent: only the timer does. */
  readonly drainsBetweenTimers?: boolean;
  readonly newId: () => string;
  readonly newHex: (bytes: number) => string;
  /** The name of this process alone: another one after each start. */
  readonly process: string;
  readonly version: string;
  readonly instance: string;
}

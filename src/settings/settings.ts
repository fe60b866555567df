import type { Provider } from '../providers/provider.js';
import type { QuarantineLimits } from '../quarantine/quarantine-count.js';
import type { CircuitBreakerSettings } from './read-circuit-breakers.js';
import type { ReconcileSettings } from './read-reconcile.js';
import type { SourceRangeSettings } from './read-source-ranges.js';

/** The archive's storage account: by connection string, or by endpoint with the app's identity. */
export type PayloadStorageSettings =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly blobServiceUri: string;
      /** Client id of the user-assigned identity; unset: whatever `DefaultAzureCredential` finds. */
      readonly managedIdentityClientId: string | undefined;
    };

/** The Service Bus namespace: by connection string, or by host name with the app's identity. */
export type ServiceBusSettings =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly fullyQualifiedNamespace: string;
      readonly managedIdentityClientId: string | undefined;
    };

/**
 * Where secrets come from. `settings` exists in development only. The keys of `secrets` and of `fallback`, which stands in for a
 * vault that does not answer, are the names the vault uses.
 */
export type KeyVaultSettings =
  | {
      readonly kind: 'vault';
      readonly vaultUri: string;
      readonly managedIdentityClientId: string | undefined;
      readonly fallback: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'settings'; readonly secrets: Readonly<Record<string, string>> };

/** Where telemetry goes, and as whom. */
export interface TelemetrySettings {
  readonly connectionString: string;
  /** Share of traces, in percent, whose dependencies are kept. */
  readonly samplingPercent: number;
  /** Absent: the connection string is enough. */
  readonly identity: { readonly managedIdentityClientId: string | undefined } | undefined;
}

/** Everything the environment decides, checked and typed. Holds secrets: never log it whole. */
export interface Settings extends SourceRangeSettings {
  /** True in development only: emulators, loopback vaults and secrets from settings are allowed. */
  readonly development: boolean;
  readonly payloadStorage: PayloadStorageSettings;
  readonly serviceBus: ServiceBusSettings;
  /** Storage accounts that share the load with the first; absent: none. */
  readonly accounts?: readonly (PayloadStorageSettings & { readonly name: string })[];
  /** Namespaces beside the first, each for the bots that it names or for a share of all the others; absent: none. */
  readonly namespaces?: readonly (ServiceBusSettings & { readonly name: string; readonly bots?: readonly string[] })[];
  readonly keyVault: KeyVaultSettings;
  /** Names of the providers that are on, without repeats. */
  readonly providers: readonly string[];
  /** Path of the bots' file. */
  readonly botsConfig: string;
  /** Path of the file of one's own senders; the file is optional. */
  readonly providersConfig: string;
  /** The senders of that file; absent: none. */
  readonly ownProviders?: readonly Provider[];
  readonly queueUnavailable: 'reject' | 'defer';
  readonly requestBudgetMs: number;
  readonly maxPayloadBytes: number;
  readonly maxMessageBytes: number;
  readonly secretRefreshMs: number;
  readonly secretMaxStaleMs: number;
  /** What may wait unverified while the vault is away; absent: nothing does. */
  readonly quarantine: QuarantineLimits | undefined;
  /** Six-field NCRONTAB expression. */
  readonly outboxSchedule: string;
  readonly outboxMaxAgeMs: number;
  readonly circuitBreakers: CircuitBreakerSettings;
  /** Whether instances tell each other of their breakers. */
  readonly sharedBreakers: boolean;
  /** Whether the operators' page is there. */
  readonly console: boolean;
  /** Most bodies that are remembered; 0: none. */
  readonly bodyRecordSize: number;
  /** Six-field NCRONTAB expression: when GitHub's published ranges are read. */
  readonly githubMetaSchedule: string;
  /** Absent: nobody is asked for what could not be delivered. */
  readonly reconcile: ReconcileSettings | undefined;
  /** Host names, lower case, that the CloudEvents validation handshake admits. */
  readonly allowedOrigins: readonly string[];
  /** Absent: telemetry is off. */
  readonly telemetry: TelemetrySettings | undefined;
}

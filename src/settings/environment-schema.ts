import * as z from 'zod/mini';
import { isNcrontab } from './ncrontab.js';

const text = z.optional(z.string());

interface Range {
  readonly from: number;
  readonly to: number;
  readonly fallback: number;
  readonly unit: string;
}

const wholeNumber = ({ from, to, fallback, unit }: Range) => {
  const isInRange = (digits: string): boolean =>
    /^\d{1,15}$/.test(digits) && Number(digits) >= from && Number(digits) <= to;
  const error = `a whole number of ${unit} from ${from} to ${to}`;
  return z._default(z.pipe(z.string().check(z.refine(isInRange, { error })), z.transform(Number)), fallback);
};

const itemsOf = (value: string): string[] => [
  ...new Set(
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ),
];

const itemList = ({ item, error }: { item: RegExp; error: string }) => {
  const isList = (value: string): boolean => {
    const items = itemsOf(value);
    return items.length > 0 && items.every((each) => item.test(each));
  };
  return z.pipe(z.string().check(z.refine(isList, { error })), z.transform(itemsOf));
};

const list = ({ fallback, ...form }: { item: RegExp; fallback: readonly string[]; error: string }) =>
  z._default(itemList(form), [...fallback]);

const schedule = (fallback: string, off?: string) => {
  const error = `a six-field NCRONTAB expression (seconds first) such as "${fallback}"${off === undefined ? '' : `, or ${off}`}`;
  const isSchedule = (value: string): boolean => value === off || isNcrontab(value);
  return z._default(z.string().check(z.refine(isSchedule, { error })), fallback);
};

const clientId = z.optional(z.guid({ error: 'the client id (a GUID) of a user-assigned managed identity' }));
const credential = z.optional(z.literal('managedidentity', { error: '"managedidentity", or unset' }));

/**
 * Every setting with a fixed name, in the environment's own terms, blanks dropped; an `error` is what was expected.
 * `CircuitBreaker__…` and `WEBHOOK_SECRET_…` carry a part of their name that varies, and are read beside it.
 */
export const environmentSchema = z.object({
  /** Set by the host; only `Development` allows emulators. */
  AZURE_FUNCTIONS_ENVIRONMENT: text,
  /** Connection string of the storage account that holds the archive. */
  PayloadStorage: text,
  /** Blob endpoint, used with the identity of the app. */
  PayloadStorage__blobServiceUri: text,
  PayloadStorage__credential: credential,
  PayloadStorage__clientId: clientId,
  /** JSON: further accounts. */
  PayloadStorage__shards: text,
  /** Connection string of the Service Bus namespace. */
  ServiceBus: text,
  /** Host name, used with the identity of the app. */
  ServiceBus__fullyQualifiedNamespace: text,
  ServiceBus__credential: credential,
  ServiceBus__clientId: clientId,
  /** JSON: further namespaces. */
  ServiceBus__shards: text,
  /** The vault that holds the webhook secrets. */
  KeyVault__vaultUri: text,
  /** The identity used where a connection names none. */
  AZURE_CLIENT_ID: clientId,
  /** Development without a vault: the token of the operations. */
  ADMIN_TOKEN: text,
  PROVIDERS: list({
    item: /^[a-z0-9][a-z0-9-]{0,62}$/,
    fallback: ['github'],
    error: 'provider names (lower-case letters, digits, hyphens) separated by commas',
  }),
  BOTS_CONFIG: z._default(z.string(), 'bots.json'),
  PROVIDERS_CONFIG: z._default(z.string(), 'providers.json'),
  QUEUE_UNAVAILABLE: z._default(z.enum(['reject', 'defer'], { error: '"reject" or "defer"' }), 'reject'),
  REQUEST_BUDGET_MS: wholeNumber({ from: 500, to: 230_000, fallback: 9000, unit: 'milliseconds' }),
  MAX_PAYLOAD_BYTES: wholeNumber({ from: 1024, to: 104_857_600, fallback: 26_214_400, unit: 'bytes' }),
  MAX_MESSAGE_BYTES: wholeNumber({ from: 4096, to: 104_857_600, fallback: 196_608, unit: 'bytes' }),
  SECRET_REFRESH_SECONDS: wholeNumber({ from: 1, to: 86_400, fallback: 300, unit: 'seconds' }),
  SECRET_MAX_STALE_SECONDS: wholeNumber({ from: 1, to: 2_592_000, fallback: 86_400, unit: 'seconds' }),
  QUARANTINE: z._default(z.enum(['on', 'off'], { error: '"on" or "off"' }), 'on'),
  QUARANTINE_MAX_DELIVERIES: wholeNumber({ from: 1, to: 1_000_000, fallback: 10_000, unit: 'deliveries' }),
  QUARANTINE_MAX_BYTES: wholeNumber({ from: 1024, to: 1_099_511_627_776, fallback: 536_870_912, unit: 'bytes' }),
  QUARANTINE_ADDRESS_PERCENT: wholeNumber({ from: 1, to: 100, fallback: 50, unit: 'percent' }),
  OUTBOX_SCHEDULE: schedule('*/30 * * * * *'),
  OUTBOX_MAX_AGE_SECONDS: wholeNumber({ from: 1, to: 2_592_000, fallback: 259_200, unit: 'seconds' }),
  CONSOLE: z.optional(z.enum(['on', 'off'], { error: '"on" or "off"' })),
  BODY_RECORD: z._default(z.enum(['on', 'off'], { error: '"on" or "off"' }), 'on'),
  BODY_RECORD_SIZE: wholeNumber({ from: 1_000, to: 10_000_000, fallback: 200_000, unit: 'bodies' }),
  GITHUB_META_URL: z._default(z.string(), 'https://api.github.com/meta'),
  GITHUB_META_SCHEDULE: schedule('0 7,37 * * * *'),
  GITHUB_RECONCILE_SCHEDULE: schedule('0 */5 * * * *', 'off'),
  /** Whose history is read; unset: nobody's, unless a schedule is set. */
  GITHUB_RECONCILE_HOOKS: z.optional(
    itemList({
      item: /^([a-z0-9][a-z0-9-]{0,62}=)?(app|repos\/[\w.-]+\/[\w.-]+\/hooks\/\d+|orgs\/[\w.-]+\/hooks\/\d+)$/,
      error:
        'app, repos/{owner}/{repo}/hooks/{id} or orgs/{org}/hooks/{id}, separated by commas, a provider and = before any',
    }),
  ),
  GITHUB_API_URL: z._default(z.string(), 'https://api.github.com'),
  GITHUB_APP_ID: text,
  ALLOWED_ORIGINS: list({
    item: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i,
    fallback: ['eventgrid.azure.net'],
    error: 'host names separated by commas',
  }),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.optional(
    z.string().check(
      z.regex(/(^|;)InstrumentationKey=[0-9a-f-]{36}(;|$)/i, {
        error: 'a connection string with an InstrumentationKey',
      }),
    ),
  ),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z.optional(
    z.string().check(
      z.regex(/^(ClientId=[0-9a-f-]{36};)?Authorization=AAD(;ClientId=[0-9a-f-]{36})?;?$/i, {
        error: '"Authorization=AAD", with or without a ClientId',
      }),
    ),
  ),
  TELEMETRY_SAMPLING_PERCENT: wholeNumber({ from: 0, to: 100, fallback: 100, unit: 'percent' }),
});

/** The environment after its fixed names have been read. */
export type Environment = z.infer<typeof environmentSchema>;

/** A setting whose name is fixed. */
export type SettingName = keyof Environment;

/** Settings whose value can be shown in a problem: none of these is, or holds, a secret. */
export const shownInProblems: ReadonlySet<string> = new Set<SettingName>([
  'PayloadStorage__credential',
  'ServiceBus__credential',
  'PROVIDERS',
  'QUEUE_UNAVAILABLE',
  'REQUEST_BUDGET_MS',
  'MAX_PAYLOAD_BYTES',
  'MAX_MESSAGE_BYTES',
  'SECRET_REFRESH_SECONDS',
  'SECRET_MAX_STALE_SECONDS',
  'QUARANTINE',
  'QUARANTINE_MAX_DELIVERIES',
  'QUARANTINE_MAX_BYTES',
  'QUARANTINE_ADDRESS_PERCENT',
  'OUTBOX_SCHEDULE',
  'OUTBOX_MAX_AGE_SECONDS',
  'CONSOLE',
  'BODY_RECORD',
  'BODY_RECORD_SIZE',
  'GITHUB_META_SCHEDULE',
  'GITHUB_RECONCILE_SCHEDULE',
  'GITHUB_RECONCILE_HOOKS',
  'ALLOWED_ORIGINS',
  'TELEMETRY_SAMPLING_PERCENT',
]);

import * as z from 'zod';
import { isNcrontab } from './ncrontab.js';

const text = z.string().trim().min(1);

interface Range {
  readonly from: number;
  readonly to: number;
  readonly fallback: number;
  readonly unit: string;
}

const wholeNumber = ({ from, to, fallback, unit }: Range) => {
  const error = `a whole number of ${unit} from ${from} to ${to}`;
  return z
    .string()
    .trim()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .pipe(z.number().min(from, { error }).max(to, { error }))
    .default(fallback);
};

const list = ({ item, fallback, error }: { item: RegExp; fallback: readonly string[]; error: string }) =>
  z
    .string()
    .transform((value) => [...new Set(value.split(',').map((part) => part.trim()))].filter((part) => part !== ''))
    .pipe(z.array(z.string().regex(item, { error })).min(1, { error }))
    .default([...fallback]);

const clientId = z.guid({ error: 'the client id (a GUID) of a user-assigned managed identity' }).optional();
const credential = z.literal('managedidentity', { error: '"managedidentity", or unset' }).optional();

/**
 * Every setting with a fixed name, in the environment's own terms; an `error` is what was expected. `CircuitBreaker__…`
 * and `WEBHOOK_SECRET_…` carry a part of their name that varies, and are read beside it.
 */
export const environmentSchema = z.object({
  AZURE_FUNCTIONS_ENVIRONMENT: text.optional().describe('Set by the host; only "Development" allows emulators'),
  PayloadStorage: text.optional().describe('Connection string of the storage account that holds the archive'),
  PayloadStorage__blobServiceUri: text.optional().describe('Blob endpoint, used with the identity of the app'),
  PayloadStorage__credential: credential,
  PayloadStorage__clientId: clientId,
  ServiceBus: text.optional().describe('Connection string of the Service Bus namespace'),
  ServiceBus__fullyQualifiedNamespace: text.optional().describe('Host name, used with the identity of the app'),
  ServiceBus__credential: credential,
  ServiceBus__clientId: clientId,
  KeyVault__vaultUri: text.optional().describe('The vault that holds the webhook secrets'),
  AZURE_CLIENT_ID: clientId.describe('The identity used where a connection names none'),
  ADMIN_TOKEN: z.string().optional().describe('Development without a vault: the token of the operations'),
  PROVIDERS: list({
    item: /^[a-z0-9][a-z0-9-]{0,62}$/,
    fallback: ['github'],
    error: 'provider names (lower-case letters, digits, hyphens) separated by commas',
  }),
  BOTS_CONFIG: text.default('bots.json'),
  PROVIDERS_CONFIG: text.default('providers.json'),
  QUEUE_UNAVAILABLE: z.enum(['reject', 'defer'], { error: '"reject" or "defer"' }).default('reject'),
  REQUEST_BUDGET_MS: wholeNumber({ from: 500, to: 230_000, fallback: 9000, unit: 'milliseconds' }),
  MAX_PAYLOAD_BYTES: wholeNumber({ from: 1024, to: 104_857_600, fallback: 26_214_400, unit: 'bytes' }),
  MAX_MESSAGE_BYTES: wholeNumber({ from: 4096, to: 104_857_600, fallback: 196_608, unit: 'bytes' }),
  HTTP_STREAMING: z.enum(['off', 'on'], { error: '"off" or "on"' }).default('off'),
  SECRET_REFRESH_SECONDS: wholeNumber({ from: 1, to: 86_400, fallback: 300, unit: 'seconds' }),
  SECRET_MAX_STALE_SECONDS: wholeNumber({ from: 1, to: 2_592_000, fallback: 86_400, unit: 'seconds' }),
  OUTBOX_SCHEDULE: text
    .refine(isNcrontab, { error: 'a six-field NCRONTAB expression (seconds first) such as "*/30 * * * * *"' })
    .default('*/30 * * * * *'),
  OUTBOX_MAX_ATTEMPTS: wholeNumber({ from: 1, to: 10_000, fallback: 100, unit: 'attempts' }),
  GITHUB_META_URL: text.default('https://api.github.com/meta'),
  GITHUB_META_SCHEDULE: text
    .refine(isNcrontab, { error: 'a six-field NCRONTAB expression (seconds first) such as "0 7,37 * * * *"' })
    .default('0 7,37 * * * *'),
  ALLOWED_ORIGINS: list({
    item: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i,
    fallback: ['eventgrid.azure.net'],
    error: 'host names separated by commas',
  }),
  APPLICATIONINSIGHTS_CONNECTION_STRING: text
    .regex(/(^|;)InstrumentationKey=[0-9a-f-]{36}(;|$)/i, { error: 'a connection string with an InstrumentationKey' })
    .optional(),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: text
    .regex(/^(ClientId=[0-9a-f-]{36};)?Authorization=AAD(;ClientId=[0-9a-f-]{36})?;?$/i, {
      error: '"Authorization=AAD", with or without a ClientId',
    })
    .optional(),
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
  'HTTP_STREAMING',
  'SECRET_REFRESH_SECONDS',
  'SECRET_MAX_STALE_SECONDS',
  'OUTBOX_SCHEDULE',
  'OUTBOX_MAX_ATTEMPTS',
  'GITHUB_META_SCHEDULE',
  'ALLOWED_ORIGINS',
  'TELEMETRY_SAMPLING_PERCENT',
]);

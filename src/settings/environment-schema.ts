import * as z from 'zod/mini';
import { nameForm } from '../text/text.js';
import { connectionRows } from './connection-rows.js';
import { reconcileRows } from './reconcile-rows.js';
import { list, row, schedule, telemetryConnection, telemetryIdentity, wholeNumber } from './setting-row.js';

/**
 * Every setting with a fixed name, in the environment's own terms, blanks dropped; an `error` is what was expected.
 * `CircuitBreaker__…` and `WEBHOOK_SECRET_…` carry a part of their name that varies, and are read beside it.
 */
export const environmentSchema = z.object({
  ...connectionRows,
  PROVIDERS: row(
    { meaning: 'providers that are on, separated by commas', shown: true },
    list({
      item: nameForm,
      fallback: ['github'],
      error: 'provider names (lower-case letters, digits, hyphens) separated by commas',
    }),
  ),
  BOTS_CONFIG: row({ meaning: "path from the app's root" }, z._default(z.string(), 'bots.json')),
  PROVIDERS_CONFIG: row(
    { meaning: 'optional file with senders of your own, and tenants of built-in ones ([how](add-a-provider.md))' },
    z._default(z.string(), 'providers.json'),
  ),
  QUEUE_UNAVAILABLE: row(
    {
      meaning:
        'with Service Bus away and the payload archived: `reject` answers 503, `defer` answers 202. The event is kept and delivered either way',
      shown: true,
    },
    z._default(z.enum(['reject', 'defer'], { error: '"reject" or "defer"' }), 'reject'),
  ),
  REQUEST_BUDGET_MS: row(
    { meaning: 'upper bound on one request; each provider has its own below it (GitHub waits 10 s: 9 s)', shown: true },
    wholeNumber({ from: 500, to: 230_000, fallback: 9000, unit: 'milliseconds' }),
  ),
  MAX_PAYLOAD_BYTES: row(
    { meaning: 'largest accepted body; GitHub sends at most 25 MB', shown: true },
    wholeNumber({ from: 1024, to: 104_857_600, fallback: 26_214_400, unit: 'bytes' }),
  ),
  MAX_MESSAGE_BYTES: row(
    { meaning: 'largest envelope that travels inside a message', shown: true },
    wholeNumber({ from: 4096, to: 104_857_600, fallback: 196_608, unit: 'bytes' }),
  ),
  SECRET_REFRESH_SECONDS: row(
    {
      meaning:
        'how long a secret is served without asking the vault; shortly before, it is asked without making a delivery wait. A delivery that does not verify has it asked again at once, every 10 s at the most',
      shown: true,
    },
    wholeNumber({ from: 1, to: 86_400, fallback: 300, unit: 'seconds' }),
  ),
  SECRET_MAX_STALE_SECONDS: row(
    {
      meaning: 'how old a cached secret may be while the vault fails, and how long the fallback may stand in for it',
      shown: true,
    },
    wholeNumber({ from: 1, to: 2_592_000, fallback: 86_400, unit: 'seconds' }),
  ),
  QUARANTINE: row(
    {
      meaning:
        '`on`: a delivery that cannot be verified while the vault is away is kept unverified, and verified later ([how](security.md#quarantine)); `off`: it is not',
      shown: true,
    },
    z._default(z.enum(['on', 'off'], { error: '"on" or "off"' }), 'on'),
  ),
  QUARANTINE_MAX_DELIVERIES: row(
    { meaning: 'how many may be kept in all', shown: true },
    wholeNumber({ from: 1, to: 1_000_000, fallback: 10_000, unit: 'deliveries' }),
  ),
  QUARANTINE_MAX_BYTES: row(
    { meaning: 'how many bytes they may have in all', shown: true },
    wholeNumber({ from: 1024, to: 1_099_511_627_776, fallback: 536_870_912, unit: 'bytes' }),
  ),
  QUARANTINE_ADDRESS_PERCENT: row(
    { meaning: 'how much of both one provider and client address may have', shown: true },
    wholeNumber({ from: 1, to: 100, fallback: 50, unit: 'percent' }),
  ),
  OUTBOX_SCHEDULE: row(
    { meaning: 'when the timer delivers what is owed: six-field NCRONTAB, seconds first', shown: true },
    schedule('*/30 * * * * *'),
  ),
  OUTBOX_MAX_AGE_SECONDS: row(
    {
      meaning:
        'age from which a copy that its queue does not take moves to the dead letters (container `webhook-dead-letters`)',
      shown: true,
    },
    wholeNumber({ from: 1, to: 2_592_000, fallback: 259_200, unit: 'seconds' }),
  ),
  BODY_RECORD: row(
    {
      meaning:
        'a genuine body that comes again under another id or event name is kept and reaches no bot ([docs/security.md](security.md#the-record-of-bodies)); `off`: it is another event',
      shown: true,
    },
    z._default(z.enum(['on', 'off'], { error: '"on" or "off"' }), 'on'),
  ),
  BODY_RECORD_SIZE: row(
    { meaning: 'how many bodies are remembered at most, for up to 8 days; 200 bytes of memory each', shown: true },
    wholeNumber({ from: 1_000, to: 10_000_000, fallback: 200_000, unit: 'bodies' }),
  ),
  CONSOLE: row(
    {
      meaning: "the [operators' page](console.md) at `/api/console`. Unset: `on` in development, else `off`",
      shown: true,
      local: 'on',
    },
    z.optional(z.enum(['on', 'off'], { error: '"on" or "off"' })),
  ),
  GITHUB_META_URL: row({ meaning: 'where it is read from' }, z._default(z.string(), 'https://api.github.com/meta')),
  GITHUB_META_SCHEDULE: row(
    { meaning: 'when the list that `github-meta` stands for is read: six-field NCRONTAB', shown: true },
    schedule('0 7,37 * * * *'),
  ),
  CircuitBreaker__shared: row(
    {
      meaning:
        '`blob`: an instance that finds a dependency away tells the others, one of them probes, and commands reach all ([how](reliability.md#breakers-of-several-instances)); `off`: each decides for itself',
      shown: true,
    },
    z._default(z.enum(['off', 'blob'], { error: '"off" or "blob"' }), 'off'),
  ),
  ...reconcileRows,
  ALLOWED_ORIGINS: row(
    { meaning: 'origins, separated by commas, that the CloudEvents validation handshake admits', shown: true },
    list({
      item: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i,
      fallback: ['eventgrid.azure.net'],
      error: 'host names separated by commas',
    }),
  ),
  APPLICATIONINSIGHTS_CONNECTION_STRING: row(
    { meaning: 'where telemetry goes; unset: off, which the log says once' },
    telemetryConnection(),
  ),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: row(
    { meaning: "`Authorization=AAD` sends it as the app's identity, `;ClientId=…` says which one" },
    telemetryIdentity(),
  ),
  TELEMETRY_SAMPLING_PERCENT: row(
    {
      meaning:
        'share of traces whose calls of Blob Storage and Service Bus are told to telemetry; events are never dropped',
      shown: true,
    },
    wholeNumber({ from: 0, to: 100, fallback: 100, unit: 'percent' }),
  ),
});

/** The environment after its fixed names have been read. */
export type Environment = z.infer<typeof environmentSchema>;

/** A setting whose name is fixed. */
export type SettingName = keyof Environment;

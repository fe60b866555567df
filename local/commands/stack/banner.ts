import type { Provider } from '../../../src/providers/provider.js';
import type { Bot } from '../../../src/routing/bot.js';
import { localSecretOf } from '../../senders/local-provider-secret.js';
import { localAdminToken, localFunctionKey, localWebhookSecret } from '../../stack/local-secrets.js';
import type { StackRecord } from '../../stack/stack-record.js';
import { alignColumns } from '../terminal/columns.js';
import { paint } from '../terminal/paint.js';

export interface BannerFacts {
  readonly record: StackRecord;
  readonly bots: readonly Bot[];
  readonly providers: readonly string[];
  readonly ownProviders: readonly Provider[];
  /** What commands need so that they find this stack: empty, or ` --state <folder>`. */
  readonly stateArgument: string;
  readonly enableAuth: boolean;
}

/** The first `name=value` of a connection string with this name, without its scheme's slashes. */
const endpointIn = (connectionString: string, name: string): string =>
  connectionString
    .split(';')
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? '';

/** The rows that say where the dependencies are. */
export const dependencyRows = ({ blobStorage, serviceBus, keyVault }: StackRecord): readonly (readonly string[])[] => [
  ['  Blob Storage', endpointIn(blobStorage.connectionString, 'BlobEndpoint')],
  ['  Service Bus', endpointIn(serviceBus.connectionString, 'Endpoint')],
  ['  Key Vault', keyVault.vaultUri, paint.quiet(`trust ${keyVault.caFile}`)],
];

const hostRows = ({ record, providers }: BannerFacts): readonly (readonly string[])[] => {
  if (record.host === undefined) return [];
  const { kind, url } = record.host;
  const webhooks = providers.map((provider) => ['  Webhooks', paint.strong(`${url}/api/webhooks/${provider}`)]);
  return [
    ...webhooks,
    ['  Console', `${url}/api/console`],
    ['  Health', `${url}/api/health/deep`],
    ['  Functions host', url, paint.quiet(kind === 'func' ? 'Core Tools (func)' : 'built-in')],
  ];
};

const functionKeyOf = ({ record }: BannerFacts): string =>
  record.host?.kind === 'func' ? 'asked for (func says which)' : localFunctionKey;

/** Senders whose scheme asks for another form of the secret, each with its own. */
const otherSecretRows = ({ providers, ownProviders }: BannerFacts): readonly (readonly string[])[] =>
  providers.flatMap((provider) => {
    const { stored } = localSecretOf(provider, ownProviders);
    return stored === localWebhookSecret ? [] : [[`  … of ${provider}`, stored]];
  });

const secretRows = (facts: BannerFacts): readonly (readonly string[])[] => [
  ['  Webhook secret', localWebhookSecret],
  ...otherSecretRows(facts),
  ['  Admin token', localAdminToken],
  ...(facts.enableAuth ? [['  Function key', functionKeyOf(facts)]] : []),
];

/** Which bot has which queue. */
export const botLines = (bots: readonly Bot[]): readonly string[] =>
  alignColumns([
    ['  Bot', 'Queue', 'Order', 'Events'].map(paint.quiet),
    ...bots.map(({ name, queue, ordered, orderBy, events }) => [
      `  ${name}`,
      queue,
      ordered ? `by ${orderBy}` : 'none',
      events.join(', '),
    ]),
  ]);

/** What stands at the end of the start: what runs where, and what to do next. */
export const startBanner = (facts: BannerFacts): readonly string[] => {
  const { record, bots, stateArgument } = facts;
  return [
    '',
    paint.good('Breakwater runs on this machine.'),
    '',
    ...alignColumns([...hostRows(facts), ...dependencyRows(record), ...secretRows(facts)]),
    '',
    ...botLines(bots),
    '',
    'Send a signed sample from another terminal, then see where it went:',
    '',
    paint.strong(`  npm run send -- github pull_request.opened${stateArgument}`),
    `  npm run queues${stateArgument === '' ? '' : ` --${stateArgument}`}`,
    '',
    'Ctrl-C stops everything.',
    '',
  ];
};

/** What stands at the end when the dependencies run alone. `isUsual`: they are where local.settings.sample.json expects them. */
export const emulatorsBanner = (facts: BannerFacts, isUsual: boolean): readonly string[] => {
  const { record } = facts;
  const settings = [
    ['  PayloadStorage', record.blobStorage.connectionString],
    ['  ServiceBus', record.serviceBus.connectionString],
    ['  KeyVault__vaultUri', record.keyVault.vaultUri],
    ['  NODE_EXTRA_CA_CERTS', record.keyVault.caFile],
  ];
  return [
    '',
    paint.good('The dependencies run on this machine.'),
    '',
    ...alignColumns([...dependencyRows(record), ...secretRows(facts)]),
    '',
    ...botLines(facts.bots),
    '',
    'Start the Functions host in another terminal:',
    '',
    paint.strong('  cp local.settings.sample.json local.settings.json && func start'),
    ...(isUsual ? [] : ['', 'with these values in local.settings.json:', '', ...alignColumns(settings)]),
    '',
    'Ctrl-C stops everything.',
    '',
  ];
};

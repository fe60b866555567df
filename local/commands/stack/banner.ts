import type { Provider } from '../../../src/providers/provider.js';
import type { Bot } from '../../../src/routing/bot.js';
import { builtInNames } from '../../../src/settings/built-in-names.js';
import { localSecretOf } from '../../senders/local-provider-secret.js';
import { localAdminToken, localFunctionKey, localWebhookSecret } from '../../stack/local-secrets.js';
import type { StackRecord } from '../../stack/stack-record.js';
import { alignColumns } from '../terminal/columns.js';
import { paint } from '../terminal/paint.js';
import type { LoadedSettings } from './load-local-settings.js';

export interface BannerFacts {
  readonly record: StackRecord;
  readonly bots: readonly Bot[];
  readonly providers: readonly string[];
  readonly ownProviders: readonly Provider[];
  /** What commands need so that they find this stack: empty, or ` --state <folder>`. */
  readonly stateArgument: string;
  readonly enableAuth: boolean;
  readonly settings: Pick<LoadedSettings, 'file' | 'fromFile' | 'overridden'>;
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

/** The first of them, and how many more there are. */
const someOf = (names: readonly string[], most: number): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;

const addressRow = ({ record, providers }: BannerFacts): readonly string[] => {
  const [first = 'github', ...others] = providers;
  const url = paint.strong(`${record.host?.url ?? ''}/api/webhooks/${first}`);
  return ['  Send to', others.length === 0 ? url : `${url}, likewise …/${someOf(others, 4).replaceAll(', ', ', …/')}`];
};

const secretRow = ({ providers, ownProviders }: BannerFacts): readonly string[] => {
  const secrets = providers.map((provider) => ({ provider, ...localSecretOf(provider, ownProviders) }));
  const others = secrets.filter(({ stored }) => stored !== localWebhookSecret);
  const note =
    others.length === 0
      ? ''
      : `; npm run listen -- ${others[0]?.provider} shows the one of ${someOf(
          others.map(({ provider }) => provider),
          4,
        )}`;
  return ['  Secret', `${localWebhookSecret}${note}`];
};

const settingsRow = ({ settings: { file, fromFile, overridden } }: BannerFacts): readonly (readonly string[])[] => {
  if (file === undefined) return [];
  const parts = [
    fromFile.length > 0 ? `${someOf(fromFile, 5)} from ${file}` : `${file} changes nothing`,
    ...(overridden.length > 0 ? [`${someOf(overridden, 3)} from the environment, which wins`] : []),
  ];
  return [['  Settings', parts.join('; ')]];
};

const providersRow = ({ providers }: BannerFacts): readonly string[] => {
  const one = ['slack', 'stripe', ...builtInNames].find((name) => !providers.includes(name));
  const more = one === undefined ? '' : `; one more: PROVIDERS=${[...providers.slice(0, 2), one].join(',')} npm start`;
  return ['  Providers', `${someOf(providers, 6)}${more}`];
};

const stateOf = (stateArgument: string): string =>
  stateArgument === '' ? '.local' : stateArgument.replace(' --state ', '');

/** What stands at the end of the start, on one screen: where to send, where to look, what to do next. */
export const startBanner = (facts: BannerFacts): readonly string[] => {
  const { record, bots, stateArgument } = facts;
  const [sample = 'github'] = facts.providers;
  const kind = record.host?.kind === 'func' ? 'Core Tools (func)' : 'built-in';
  const sent = sample === 'github' ? 'github pull_request.opened' : sample;
  return [
    '',
    paint.good('Breakwater runs on this machine.'),
    '',
    ...alignColumns([
      addressRow(facts),
      secretRow(facts),
      ['  Look at', `${paint.strong(`${record.host?.url ?? ''}/api/console`)} with the admin token ${localAdminToken}`],
      ...(facts.enableAuth ? [['  Function key', functionKeyOf(facts)]] : []),
      [
        '  Bots',
        someOf(
          bots.map(({ name, ordered }) => (ordered ? `${name} (ordered)` : name)),
          6,
        ),
      ],
      providersRow(facts),
      ...settingsRow(facts),
      ['  Host', `${kind}; health: ${record.host?.url ?? ''}/api/health/deep`],
      ['  For bots', `ServiceBus=${record.serviceBus.connectionString}`],
      ['  All the rest', `connection strings and certificate: ${stateOf(stateArgument)}/stack.json`],
    ]),
    '',
    'Next, in another terminal:',
    ...alignColumns([
      [paint.strong(`  npm run send -- ${sent}${stateArgument}`), paint.quiet('a signed sample')],
      [`  npm run queues${stateArgument === '' ? '' : ` --${stateArgument}`}`, paint.quiet('where it went')],
      [
        `  npm run listen${stateArgument === '' ? '' : ` --${stateArgument}`}`,
        paint.quiet('real webhooks, to this machine'),
      ],
    ]),
    '',
    'Ctrl-C stops everything.',
    '',
  ];
};

/** What stands at the end when the dependencies run alone. `isUsual`: they are where local.settings.sample.json expects them. */
export const emulatorsBanner = (facts: BannerFacts, isUsual: boolean): readonly string[] => {
  const { record } = facts;
  const settings = [
    ['  AzureWebJobsStorage', record.blobStorage.connectionString],
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

import { generateKeyPairSync } from 'node:crypto';
import * as z from 'zod';
import type { Provider } from '../../src/providers/provider.js';
import { webhookSecretName } from '../../src/secrets/secrets.js';
import { parseJson } from '../../src/settings/parse-json.js';
import { localSecretOf } from '../senders/local-provider-secret.js';
import { localAdminToken } from './local-secrets.js';
import type { HistoryName } from './stand-ins.js';

/** Variables by name; unset ones are `undefined`, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Where the stand-ins are, for the host's settings. */
export interface HostConnections {
  readonly blobConnectionString: string;
  readonly serviceBusConnectionString: string;
  readonly vaultUri: string;
  /** Where senders' APIs have stand-ins. */
  readonly historyUrls?: Readonly<Partial<Record<HistoryName, string>>>;
  /** A file with the vault's certificate authority, and the user's own when there is one. */
  readonly caFile: string;
}

const isSet = (variables: Variables, name: string): boolean => (variables[name] ?? '').trim() !== '';

const isAnySet = (variables: Variables, isWanted: (name: string) => boolean): boolean =>
  Object.keys(variables).some((name) => isWanted(name) && isSet(variables, name));

/** A user who names another way to reach a dependency gets no stand-in for it: the two together would be refused. */
const connectionDefaults = (user: Variables, connections: HostConnections): Variables => ({
  ...(!isSet(user, 'PayloadStorage__blobServiceUri') && { PayloadStorage: connections.blobConnectionString }),
  ...(!isSet(user, 'ServiceBus__fullyQualifiedNamespace') && { ServiceBus: connections.serviceBusConnectionString }),
  ...(!isAnySet(user, (name) => name === 'ADMIN_TOKEN' || name.startsWith('WEBHOOK_SECRET_')) && {
    KeyVault__vaultUri: connections.vaultUri,
  }),
});

/** What the host's process gets: settings for the stand-ins, and the user's own environment, which wins. */
export const hostEnvironment = (user: Variables, connections: HostConnections): Variables => {
  const { historyUrls = {} } = connections;
  const defaults: Variables = {
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    AzureWebJobsStorage: connections.blobConnectionString,
    FUNCTIONS_WORKER_RUNTIME: 'node',
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '26476544',
    PROVIDERS: 'github',
    BOTS_CONFIG: 'bots.json',
    ...connectionDefaults(user, connections),
    ...(historyUrls['github-api'] !== undefined && { GITHUB_API_URL: historyUrls['github-api'] }),
    ...(historyUrls['gitlab-api'] !== undefined && { GITLAB_API_URL: historyUrls['gitlab-api'] }),
  };
  const own = Object.fromEntries(Object.entries(user).filter(([name]) => !(name in defaults) || isSet(user, name)));
  return { ...defaults, ...own, NODE_EXTRA_CA_CERTS: connections.caFile };
};

/** The providers that are on, as the settings will have it. */
export const providersIn = (user: Variables): readonly string[] =>
  (isSet(user, 'PROVIDERS') ? (user['PROVIDERS'] ?? '') : 'github')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

const shardsSchema = z.array(z.object({ name: z.string() }));

/** Names of the storage accounts beside the first. A list that cannot be read gives none here: the app says what is wrong with it. */
export const accountsIn = (user: Variables): readonly string[] => {
  const json = parseJson(user['PayloadStorage__shards']?.trim() || '[]');
  const shards = shardsSchema.safeParse(json.ok ? json.value : []);
  return (shards.data ?? []).map(({ name }) => name);
};

/** Whether the app should read a sender's history and no URL is set: then a stand-in provides it. */
const wantsHistory = (user: Variables, { asking, url }: { readonly asking: readonly string[]; readonly url: string }) =>
  asking.some((name) => isSet(user, name)) && user['GITHUB_RECONCILE_SCHEDULE']?.trim() !== 'off' && !isSet(user, url);

const githubSecrets = (user: Variables): Readonly<Record<string, string>> =>
  isSet(user, 'GITHUB_APP_ID')
    ? {
        'github-app-private-key': generateKeyPairSync('rsa', { modulusLength: 2_048 })
          .privateKey.export({ type: 'pkcs8', format: 'pem' })
          .toString(),
      }
    : { 'github-api-token': 'local-github-api-token' };

/** The secrets for each sender's API that gets a stand-in, which accepts any. */
export const historySecrets = (user: Variables): Readonly<Partial<Record<HistoryName, Record<string, string>>>> => {
  const github = { asking: ['GITHUB_RECONCILE_HOOKS', 'GITHUB_RECONCILE_SCHEDULE'], url: 'GITHUB_API_URL' };
  const gitlab = { asking: ['GITLAB_RECONCILE_HOOKS'], url: 'GITLAB_API_URL' };
  return {
    ...(wantsHistory(user, github) && { 'github-api': githubSecrets(user) }),
    ...(wantsHistory(user, gitlab) && { 'gitlab-api': { 'gitlab-api-token': 'local-gitlab-api-token' } }),
  };
};

/** What the vault holds at its first start: a secret for every provider, and the token of the operations. */
export const initialSecrets = (
  providers: readonly string[],
  own: readonly Provider[] = [],
): Readonly<Record<string, string>> => ({
  'admin-token': localAdminToken,
  ...Object.fromEntries(
    providers.map((provider) => [webhookSecretName(provider), localSecretOf(provider, own).stored]),
  ),
});

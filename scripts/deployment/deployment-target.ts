/** One deployment, as the outputs of `infra/main.bicep` describe it. */
export interface DeploymentTarget {
  readonly baseUrl: string;
  readonly vaultUri: string;
  readonly providers: readonly string[];
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly functionAppName: string;
  /** Names of the namespaces that share the queues. */
  readonly namespaces: readonly string[];
  /** Where to sign in; absent: where the signed-in account is at home. */
  readonly tenantId?: string;
}

export type TargetReading =
  | { readonly ok: true; readonly target: DeploymentTarget }
  | { readonly ok: false; readonly missing: readonly string[] };

type Values = Readonly<Record<string, string | undefined>>;

const line = /^([A-Za-z_][A-Za-z0-9_]*)=(?:"((?:[^"\\]|\\.)*)"|(.*))$/;

/** What `azd env get-values` prints: `NAME="value"` lines, quotes and backslashes escaped. Other lines are left out. */
export const parseAzdValues = (text: string): Values =>
  Object.fromEntries(
    text.split(/\r?\n/).flatMap((each) => {
      const [, name, quoted, plain = ''] = line.exec(each) ?? [];
      return name === undefined ? [] : [[name, quoted?.replaceAll(/\\(.)/g, '$1') ?? plain]];
    }),
  );

const names = {
  baseUrl: 'BREAKWATER_BASE_URL',
  vaultUri: 'BREAKWATER_KEY_VAULT_URI',
  providers: 'BREAKWATER_PROVIDERS',
  subscriptionId: 'AZURE_SUBSCRIPTION_ID',
  resourceGroup: 'AZURE_RESOURCE_GROUP',
  functionAppName: 'BREAKWATER_FUNCTION_APP_NAME',
  namespaces: 'BREAKWATER_SERVICE_BUS_NAMESPACES',
} as const;

const listIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

/** The target that these values name, or the names of those that are missing or blank. */
export const readTarget = (values: Values): TargetReading => {
  const value = (name: string): string => values[name]?.trim() ?? '';
  const missing = Object.values(names).filter((name) => value(name) === '');
  if (missing.length > 0) return { ok: false, missing };
  const target: DeploymentTarget = {
    baseUrl: value(names.baseUrl).replace(/\/+$/, ''),
    vaultUri: value(names.vaultUri),
    providers: listIn(value(names.providers)),
    subscriptionId: value(names.subscriptionId),
    resourceGroup: value(names.resourceGroup),
    functionAppName: value(names.functionAppName),
    namespaces: listIn(value(names.namespaces)),
    ...(value('AZURE_TENANT_ID') !== '' && { tenantId: value('AZURE_TENANT_ID') }),
  };
  return { ok: true, target };
};

import { describe, expect, it } from 'vitest';
import { parseBicep } from './bicep-grammar.js';
import { type BicepResource, bicepFiles, membersOf, readBicep, readJson } from './read-bicep.js';

const resources: readonly (BicepResource & { readonly path: string })[] = bicepFiles.flatMap(
  ({ path, resources: all }) => all.map((resource) => ({ ...resource, path })),
);

const ofType = (type: string) => resources.filter((resource) => resource.type === type);

const apiVersions: Readonly<Record<string, string>> = {
  'Microsoft.Authorization/locks': '2020-05-01',
  'Microsoft.Authorization/roleAssignments': '2022-04-01',
  'Microsoft.Insights/actionGroups': '2023-01-01',
  'Microsoft.Insights/autoscalesettings': '2021-05-01-preview',
  'Microsoft.Insights/components': '2020-02-02',
  'Microsoft.Insights/diagnosticSettings': '2021-05-01-preview',
  'Microsoft.Insights/metricAlerts': '2018-03-01',
  'Microsoft.Insights/scheduledQueryRules': '2023-12-01',
  'Microsoft.Insights/workbooks': '2023-06-01',
  'Microsoft.KeyVault/vaults': '2025-05-01',
  'Microsoft.ManagedIdentity/userAssignedIdentities': '2024-11-30',
  'Microsoft.OperationalInsights/workspaces': '2025-07-01',
  'Microsoft.Resources/resourceGroups': '2024-11-01',
  'Microsoft.ServiceBus/namespaces': '2024-01-01',
  'Microsoft.ServiceBus/namespaces/networkRuleSets': '2024-01-01',
  'Microsoft.ServiceBus/namespaces/queues': '2024-01-01',
  'Microsoft.Storage/storageAccounts': '2025-06-01',
  'Microsoft.Storage/storageAccounts/blobServices': '2025-06-01',
  'Microsoft.Storage/storageAccounts/blobServices/containers': '2025-06-01',
  'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies': '2025-06-01',
  'Microsoft.Storage/storageAccounts/managementPolicies': '2025-06-01',
  'Microsoft.Web/serverfarms': '2025-03-01',
  'Microsoft.Web/sites': '2025-03-01',
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': '2025-03-01',
  'Microsoft.Web/sites/config': '2025-03-01',
};

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const builtInRoles = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  storageBlobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
  serviceBusDataSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39',
  serviceBusDataReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0',
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb',
};

describe('the Bicep files', () => {
  it('are Bicep by its grammar, which refuses what is not', () => {
    expect(bicepFiles.length).toBeGreaterThan(8);
    expect(() => parseBicep("resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {\n  name: }\n}")).toThrow(
      SyntaxError,
    );
  });

  it('are all read: every resource statement is seen by these tests', () => {
    const statements = bicepFiles.flatMap(({ text }) => text.match(/^\s*resource /gm) ?? []);

    expect(resources).toHaveLength(statements.length);
    expect(resources.length).toBeGreaterThan(40);
  });

  it.each(resources)('$path $symbol: type and API version are on the list', ({ type, version }) => {
    expect(version).toBe(apiVersions[type]);
  });

  it.each(bicepFiles)('$path: takes no key and no password from anywhere', ({ text }) => {
    expect(text).not.toMatch(/\blist\w*\(|AccountKey|SharedAccessKey|@secure|\.getSecret\(|authorizationRules/i);
    expect(text).not.toMatch(/https?:\/\/(?!'|\$\{)/);
  });

  it.each(
    bicepFiles.flatMap(({ path, modules }) => modules.map((module) => ({ file: path, ...module }))),
  )('$file: $path gets every parameter that it has, and no other', ({ path, body }) => {
    const given = membersOf(/params: (\{[\s\S]*\n {2}\})/.exec(body)?.[1] ?? '');

    expect(given.toSorted()).toEqual([...readBicep(path).parameters.keys()].toSorted());
  });
});

describe('what the resources allow', () => {
  const rules: readonly (readonly [type: string, rule: RegExp])[] = [
    ['Microsoft.Storage/storageAccounts', /allowSharedKeyAccess: false/],
    ['Microsoft.Storage/storageAccounts', /allowBlobPublicAccess: false/],
    ['Microsoft.Storage/storageAccounts', /allowCrossTenantReplication: false/],
    ['Microsoft.Storage/storageAccounts', /supportsHttpsTrafficOnly: true/],
    ['Microsoft.Storage/storageAccounts', /minimumTlsVersion: 'TLS1_2'/],
    ['Microsoft.ServiceBus/namespaces', /disableLocalAuth: true/],
    ['Microsoft.ServiceBus/namespaces', /minimumTlsVersion: '1\.2'/],
    ['Microsoft.KeyVault/vaults', /enableRbacAuthorization: true/],
    ['Microsoft.KeyVault/vaults', /enablePurgeProtection: true/],
    ['Microsoft.Insights/components', /DisableLocalAuth: true/],
    ['Microsoft.OperationalInsights/workspaces', /disableLocalAuth: true/],
    ['Microsoft.Web/sites', /httpsOnly: true/],
    ['Microsoft.Web/sites', /minTlsVersion: '1\.2'/],
    ['Microsoft.Web/sites', /type: 'UserAssigned'/],
    ['Microsoft.Web/sites/basicPublishingCredentialsPolicies', /allow: false/],
  ];

  it.each(rules)('%s: %s', (type, rule) => {
    const bodies = ofType(type).map(({ body }) => body);

    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies) expect(body).toMatch(rule);
  });

  it.each(
    ofType('Microsoft.Storage/storageAccounts/blobServices/containers'),
  )('container $symbol is public to nobody', ({ body }) => {
    expect(body).toMatch(/publicAccess: 'None'/);
    expect(body).not.toMatch(/publicAccess: '(Blob|Container)'/);
  });

  it('states every part of the app that the type leaves optional and Flex Consumption needs', () => {
    const [site] = ofType('Microsoft.Web/sites');

    for (const member of ['type', 'value', 'authentication', 'runtime', 'instanceMemoryMB', 'maximumInstanceCount'])
      expect(site?.body).toMatch(new RegExp(`\\b${member}: `));
    expect(site?.body).toMatch(/perInstanceConcurrency/);
    expect(site?.body).toMatch(/'azd-service-name': 'ingest'/);
  });
});

describe('roles', () => {
  const assignments = ofType('Microsoft.Authorization/roleAssignments').map(({ path, symbol, body }) => {
    const scope = /\n {2}scope: (\S+)/.exec(body)?.[1];
    const role = /roleDefinitions', (?:roles\.)?(\w+)\)/.exec(body)?.[1];
    const named = /\n {2}name: guid\((.+)\)\n/.exec(body)?.[1] ?? '';
    return { path, symbol, scope, role, named };
  });

  it('are built in, and each id is the published one', () => {
    expect(readJson('infra/roles.json')).toEqual(builtInRoles);
  });

  it('are these, each at the least scope', () => {
    expect(assignments.map(({ path, scope, role }) => `${path} ${scope} ${role}`).toSorted()).toEqual([
      'modules/archive-storage.bicep batches storageBlobDataContributor',
      'modules/archive-storage.bicep deadLetters storageBlobDataContributor',
      'modules/archive-storage.bicep outbox storageBlobDataContributor',
      'modules/archive-storage.bicep payloads storageBlobDataContributor',
      'modules/archive-storage.bicep payloads storageBlobDataReader',
      'modules/archive-storage.bicep quarantine storageBlobDataContributor',
      'modules/host-storage.bicep account role',
      'modules/key-vault.bicep vault keyVaultSecretsOfficer',
      'modules/key-vault.bicep vault keyVaultSecretsUser',
      'modules/key-vault.bicep vault keyVaultSecretsUser',
      'modules/monitoring.bicep applicationInsights monitoringMetricsPublisher',
      'modules/package-storage.bicep packages storageBlobDataContributor',
      'modules/service-bus.bicep archiveBacklogs[index] serviceBusDataReceiver',
      'modules/service-bus.bicep archiveBacklogs[index] serviceBusDataSender',
      'modules/service-bus.bicep botQueues[index] serviceBusDataReceiver',
      'modules/service-bus.bicep botQueues[index] serviceBusDataSender',
      'modules/service-bus.bicep burstQueues[index] serviceBusDataReceiver',
      'modules/service-bus.bicep burstQueues[index] serviceBusDataSender',
    ]);
    expect(readBicep('modules/host-storage.bicep').text).toContain(
      'var hostRoles = [roles.storageBlobDataOwner, roles.storageTableDataContributor]',
    );
  });

  it.each(assignments)('$path $symbol: its name follows from scope, identity and role', ({ scope, role, named }) => {
    const [first, second, third] = named.split(', ');

    expect(first).toBe(`${scope}.id`);
    expect(second).toMatch(/^(identityId|operatorPrincipalId|verifierPrincipalId|receivers\[index\]|principal)$/);
    expect(third).toBe(role === 'role' ? 'role' : `roles.${role}`);
  });
});

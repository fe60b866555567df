import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { environmentSchema } from '../../../src/settings/environment-schema.js';
import { readSettings } from '../../../src/settings/read-settings.js';
import { infraFolder, readJson } from './read-bicep.js';
import { ofType, parameterFiles, propertiesOf, settingsOf, snapshotOf, snapshots } from './read-snapshots.js';

const names = snapshots.map(({ name }) => name);

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules, for the last part of each name. */
const nameRules: Readonly<Record<string, RegExp>> = {
  'Microsoft.Authorization/locks': /^[\w().-]{1,90}$/,
  'Microsoft.Authorization/roleAssignments': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'Microsoft.Insights/actionGroups': /^[\w-]{1,260}$/,
  'Microsoft.Insights/autoscalesettings': /^[\w.-]{1,260}$/,
  'Microsoft.Insights/components': /^[a-z0-9-]{1,255}$/,
  'Microsoft.Insights/diagnosticSettings': /^[\w-]{1,260}$/,
  'Microsoft.Insights/metricAlerts': /^[\w-]{1,260}$/,
  'Microsoft.Insights/scheduledQueryRules': /^[\w-]{1,260}$/,
  'Microsoft.Insights/workbooks': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'Microsoft.KeyVault/vaults': /^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/,
  'Microsoft.ManagedIdentity/userAssignedIdentities': /^[a-z0-9][\w-]{2,127}$/,
  'Microsoft.OperationalInsights/workspaces': /^[a-z0-9][a-z0-9-]{2,61}[a-z0-9]$/,
  'Microsoft.Resources/resourceGroups': /^[\w.()-]{1,89}[\w()-]$/,
  'Microsoft.ServiceBus/namespaces': /^[a-z](?!.*-(sb|mgmt)$)[a-z0-9-]{4,48}[a-z0-9]$/,
  'Microsoft.ServiceBus/namespaces/networkRuleSets': /^default$/,
  'Microsoft.ServiceBus/namespaces/queues': /^[a-z0-9][a-z0-9._~-]{0,258}[a-z0-9]$/i,
  'Microsoft.Storage/storageAccounts': /^[a-z0-9]{3,24}$/,
  'Microsoft.Storage/storageAccounts/blobServices': /^default$/,
  'Microsoft.Storage/storageAccounts/blobServices/containers': /^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/,
  'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies': /^default$/,
  'Microsoft.Storage/storageAccounts/managementPolicies': /^default$/,
  'Microsoft.Web/serverfarms': /^[a-z0-9-]{1,60}$/,
  'Microsoft.Web/sites': /^[a-z0-9](?!.*--)[a-z0-9-]{0,58}[a-z0-9]$/,
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': /^(ftp|scm)$/,
  'Microsoft.Web/sites/config': /^appsettings$/,
};

/** What `string(createArray(createObject('name', …)))` becomes, each endpoint being that of the resource it is read from. */
const shardsIn = (expression: string): string => {
  const shards = expression.matchAll(
    /createObject\('name', '([^']+)', '(\w+)', .*?\/(?:storageAccounts|namespaces)\/([\w-]+)'/g,
  );
  return JSON.stringify(
    [...shards].map(([, name = '', key = '', resource = '']) => ({
      name,
      [key]: `${key === 'blobServiceUri' ? 'https://' : ''}${resource}.example.net`,
    })),
  );
};

/** What Azure will put in the place of an expression. */
const resolved = (value: string): string => {
  if (!value.startsWith('[')) return value;
  if (value.startsWith('[string(createArray(createObject(')) return shardsIn(value);
  if (value.includes('@Microsoft.KeyVault('))
    return '@Microsoft.KeyVault(SecretUri=https://kv-x.vault.azure.net/secrets/s)';
  if (value.includes('Authorization=AAD')) return 'ClientId=11111111-1111-4111-8111-111111111111;Authorization=AAD';
  if (value.endsWith('.clientId]')) return '11111111-1111-4111-8111-111111111111';
  if (value.endsWith('.ConnectionString]')) return 'InstrumentationKey=00000000-0000-0000-0000-000000000000';
  if (value.endsWith('.primaryEndpoints.blob]')) return 'https://stxarchive.blob.core.windows.net/';
  if (value.endsWith('.vaultUri]')) return 'https://kv-x.vault.azure.net/';
  return value.includes('serviceBusEndpoint') ? 'sb-x.servicebus.windows.net' : value;
};

const hostSetting =
  /^(AzureWebJobsStorage__\w+|AzureWebJobsDisableHomepage|AzureFunctionsJobHost__\w+|FUNCTIONS_REQUEST_BODY_SIZE_LIMIT|languageWorkers__node__arguments)$/;
const varyingSetting = /^(WEBHOOK_SECRET_[A-Z0-9_]+|CircuitBreaker__\w+|SOURCE_RANGES_[A-Z0-9_]+)$/;

describe('what parameter files would deploy', () => {
  it('is worked out for eight of them and more, each beside its snapshot', () => {
    expect(parameterFiles.length).toBeGreaterThanOrEqual(8);
    expect(names).toEqual(parameterFiles);
    for (const name of names) expect(existsSync(join(infraFolder, 'test', `${name}.bicepparam`))).toBe(true);
  });

  it.each(names)('%s: leaves the compiler nothing to say, and has no id twice', (name) => {
    const { predictedResources, diagnostics } = snapshotOf(name);
    const ids = predictedResources.map(({ id }) => id.toLowerCase());

    expect(diagnostics).toEqual([]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.length).toBeGreaterThan(40);
  });

  it.each(names)('%s: every name is within the rules of Azure', (name) => {
    const wrong = snapshotOf(name).predictedResources.filter(
      (resource) => !nameRules[resource.type]?.test(resource.name.split('/').at(-1) ?? ''),
    );

    expect(wrong.map(({ type, name: bad }) => `${type} ${bad}`)).toEqual([]);
  });

  it.each(names)('%s: tells azd and the scripts what they need, and no secret', (name) => {
    const { outputs } = snapshotOf(name);

    expect(Object.keys(outputs)).toEqual(
      expect.arrayContaining([
        'AZURE_LOCATION',
        'AZURE_TENANT_ID',
        'AZURE_RESOURCE_GROUP',
        'BREAKWATER_FUNCTION_APP_NAME',
        'BREAKWATER_BASE_URL',
        'BREAKWATER_KEY_VAULT_NAME',
        'BREAKWATER_KEY_VAULT_URI',
        'BREAKWATER_PROVIDERS',
        'BREAKWATER_SERVICE_BUS_NAMESPACES',
      ]),
    );
    expect(JSON.stringify(outputs)).not.toMatch(
      /list\w*\(|AccountKey|SharedAccessKey|InstrumentationKey|Microsoft\.KeyVault\(|ConnectionString/i,
    );
  });

  it.each(names)('%s: gives the app settings that it knows and takes', (name) => {
    const settings = settingsOf(name);
    const known = Object.keys(environmentSchema.shape);
    const own = Object.fromEntries(
      Object.entries(settings).flatMap(([key, value]) =>
        hostSetting.test(key) ? [] : [[key, resolved(value)] as const],
      ),
    );

    expect(Object.keys(own).filter((key) => !known.includes(key) && !varyingSetting.test(key))).toEqual([]);
    expect(Object.values(own).filter((value) => /^\[(?!\{)/.test(value))).toEqual([]);
    expect(readSettings(own)).toMatchObject({ ok: true });
  });

  it('shards-on-premium: each account and namespace has what the first has, and the settings lead to it', () => {
    const name = 'shards-on-premium';
    const settings = settingsOf(name);
    const queues = ofType(name, 'Microsoft.ServiceBus/namespaces/queues').map((queue) =>
      queue.name.replace(/^sb-[^-/]+/, ''),
    );

    expect(JSON.parse(resolved(settings['PayloadStorage__shards'] ?? ''))).toMatchObject([
      { name: '2' },
      { name: '3' },
    ]);
    expect(JSON.parse(resolved(settings['ServiceBus__shards'] ?? ''))).toMatchObject([
      { name: '2' },
      { name: 'firehose' },
    ]);
    const backlogs = ['webhook-archive-backlog', 'webhook-archive-backlog-2', 'webhook-archive-backlog-3'];
    const shared = ['bot-task-tactician', 'notify~all', ...backlogs];
    expect(queues.toSorted()).toEqual(
      [
        ...shared.map((queue) => `/${queue}`),
        ...shared.map((queue) => `-2/${queue}`),
        ...['bot-firehose', ...backlogs].map((queue) => `-firehose/${queue}`),
      ].toSorted(),
    );
    const archives = ofType(name, 'Microsoft.Storage/storageAccounts').filter((account) =>
      account.name.includes('archive'),
    );
    expect(archives).toHaveLength(3);
    expect(ofType(name, 'Microsoft.Storage/storageAccounts/managementPolicies')).toHaveLength(3);
    const rules = ofType(name, 'Microsoft.Insights/metricAlerts').map((rule) => rule.name);
    expect(rules.filter((rule) => rule.includes('queue-dead-letters'))).toHaveLength(3);
  });
});

const rulesOf = (name: string) => {
  const [policy] = ofType(name, 'Microsoft.Storage/storageAccounts/managementPolicies');
  const days = z.record(z.string(), z.record(z.string(), z.number()));
  const rule = z.object({
    name: z.string(),
    definition: z.object({
      filters: z.object({ prefixMatch: z.array(z.string()) }),
      actions: z.object({ baseBlob: days.optional(), version: days.optional() }),
    }),
  });
  return z.object({ policy: z.object({ rules: z.array(rule) }) }).parse(propertiesOf(policy)).policy.rules;
};

const payloadRule = (name: string) =>
  rulesOf(name).find((rule) => rule.name === 'payloads')?.definition.actions.baseBlob;

describe('a deployment', () => {
  it('gives a role once to an identity that two bots share', () => {
    const { storageBlobDataReader } = z.record(z.string(), z.string()).parse(readJson('infra/roles.json'));
    const given = ofType('one-identity-for-two-bots', 'Microsoft.Authorization/roleAssignments')
      .map((assignment) =>
        z.object({ roleDefinitionId: z.string(), principalId: z.string() }).parse(propertiesOf(assignment)),
      )
      .filter(({ principalId }) => principalId.startsWith('33333333'));

    expect(
      given.filter(({ roleDefinitionId }) => roleDefinitionId.endsWith(storageBlobDataReader ?? '?')),
    ).toHaveLength(1);
    expect(given).toHaveLength(3);
  });

  it('keeps payloads as long as is said, and never cools what it deletes first', () => {
    expect(payloadRule('least')).toEqual({
      tierToCool: { daysAfterModificationGreaterThan: 30 },
      delete: { daysAfterModificationGreaterThan: 365 },
    });
    expect(payloadRule('retention-and-immutability')).toEqual({ delete: { daysAfterModificationGreaterThan: 2555 } });
  });

  it('leaves a locked immutability policy alone, and its container immutable', () => {
    const policies = 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies';
    const container = (name: string) =>
      ofType(name, 'Microsoft.Storage/storageAccounts/blobServices/containers').find((one) =>
        one.name.endsWith('/webhook-payloads'),
      );

    expect(ofType('retention-and-immutability', policies)).toHaveLength(1);
    expect(ofType('locked-immutability', policies)).toEqual([]);
    for (const name of ['retention-and-immutability', 'locked-immutability'])
      expect(propertiesOf(container(name))).toMatchObject({ immutableStorageWithVersioning: { enabled: true } });
    expect(propertiesOf(container('least'))).toEqual({ publicAccess: 'None' });
  });

  it('writes the network rules of Premium Service Bus even when they let everybody in: an old Deny would stay', () => {
    const rules = 'Microsoft.ServiceBus/namespaces/networkRuleSets';

    expect(propertiesOf(ofType('premium', rules)[0])).toMatchObject({ defaultAction: 'Allow' });
    expect(propertiesOf(ofType('private-network', rules)[0])).toMatchObject({
      defaultAction: 'Deny',
      virtualNetworkRules: [],
    });
    expect(ofType('least', rules)).toEqual([]);
  });

  it('declares the alarm of silence even when it is off: an old one would stay on', () => {
    const silence = ofType('most', 'Microsoft.Insights/scheduledQueryRules').find(({ name }) =>
      name.endsWith('-no-traffic'),
    );

    expect(propertiesOf(silence)).toMatchObject({ enabled: false });
  });

  it('names addresses one by one where Storage takes no range, and no quota is no quota of zero', () => {
    const [archive] = ofType('most', 'Microsoft.Storage/storageAccounts').filter(({ name }) =>
      name.endsWith('archive'),
    );
    const [workspace] = ofType('most', 'Microsoft.OperationalInsights/workspaces');

    expect(propertiesOf(archive)).toMatchObject({
      networkAcls: {
        ipRules: ['198.51.100.7', '198.51.100.8', '198.51.100.9', '203.0.113.0/24'].map((value) => ({
          value,
          action: 'Allow',
        })),
      },
    });
    expect(propertiesOf(workspace)).toMatchObject({ workspaceCapping: { dailyQuotaGb: -1 } });
  });

  it('is the same for "Most" in "West Europe" as for "most" in "westeurope"', () => {
    const [group] = ofType('most', 'Microsoft.Resources/resourceGroups');

    expect(group?.name).toBe('rg-most');
  });

  it('gives the policies of basic authentication the location that Azure asks for', () => {
    for (const policy of ofType('another-region', 'Microsoft.Web/sites/basicPublishingCredentialsPolicies'))
      expect(policy).toMatchObject({ location: 'westus', properties: { allow: false } });
  });

  it('gives the app numbers as text', () => {
    expect(settingsOf('most')).toMatchObject({
      QUEUE_UNAVAILABLE: 'defer',
      CircuitBreaker__blobStorage__coolDownMs: '10000',
    });
  });

  it('gives the worker arguments of its own only where memory is scarce: each cold start pays for them', () => {
    expect(settingsOf('least')).not.toHaveProperty('languageWorkers__node__arguments');
    expect(settingsOf('most')).toHaveProperty('languageWorkers__node__arguments');
  });

  it('refers to the secrets of the providers that are on, each once, and to the admin token', () => {
    const references = Object.entries(settingsOf('most')).filter(([, value]) => value.includes('@Microsoft.KeyVault('));

    expect(references.map(([name]) => name).toSorted()).toEqual([
      'ADMIN_TOKEN',
      'WEBHOOK_SECRET_AZURE_DEVOPS',
      'WEBHOOK_SECRET_GITHUB',
      'WEBHOOK_SECRET_SLACK',
    ]);
    expect(ofType('most', 'Microsoft.Web/sites')).toHaveLength(1);
    expect(propertiesOf(ofType('most', 'Microsoft.Web/sites')[0])['keyVaultReferenceIdentity']).toMatch(
      /userAssignedIdentities\/id-/,
    );
  });

  it('after its identity was deleted names every role anew: Azure hands none to another identity of the old name', () => {
    const roles = (name: string) =>
      ofType(name, 'Microsoft.Authorization/roleAssignments').filter(({ id }) => !/vaults/.test(id));
    const before = new Set(roles('least').map(({ id }) => id));
    const after = roles('after-deletion');

    expect(after.length).toBeGreaterThan(8);
    expect(after.filter(({ id }) => before.has(id))).toEqual([]);
    expect(propertiesOf(ofType('after-deletion', 'Microsoft.KeyVault/vaults')[0])).toMatchObject({
      createMode: 'recover',
    });
  });

  it('gives who may set the secrets and the pipeline that reads them each a role of their own, also to one principal', () => {
    const { keyVaultSecretsOfficer = '?', keyVaultSecretsUser = '?' } = z
      .record(z.string(), z.string())
      .parse(readJson('infra/roles.json'));
    const given = ofType('after-deletion', 'Microsoft.Authorization/roleAssignments')
      .map((assignment) =>
        z.object({ roleDefinitionId: z.string(), principalId: z.string() }).parse(propertiesOf(assignment)),
      )
      .filter(({ principalId }) => principalId.startsWith('22222222'));

    expect(given.map(({ roleDefinitionId }) => roleDefinitionId.split('/').at(-1)).toSorted()).toEqual(
      [keyVaultSecretsOfficer, keyVaultSecretsUser].toSorted(),
    );
  });

  it('without a bot has the queue of the archive backlog alone', () => {
    const queues = ofType('after-deletion', 'Microsoft.ServiceBus/namespaces/queues').map(({ name }) => name);

    expect(queues.map((name) => name.split('/').at(-1))).toEqual(['webhook-archive-backlog']);
  });

  it('of shards in a private network closes every namespace and account, and gives each bot its queue in its own', () => {
    const name = 'shards-in-private-network';
    const acl = z.object({ networkAcls: z.object({ defaultAction: z.string() }).optional() });
    const archives = ofType(name, 'Microsoft.Storage/storageAccounts').filter((one) => one.name.includes('archive'));
    const rules = ofType(name, 'Microsoft.ServiceBus/namespaces/networkRuleSets');

    expect(archives.map((one) => acl.parse(propertiesOf(one)).networkAcls?.defaultAction)).toEqual(
      archives.map(() => 'Deny'),
    );
    expect(archives).toHaveLength(8);
    expect(rules.map((rule) => propertiesOf(rule)['defaultAction'])).toEqual(['Deny', 'Deny', 'Deny', 'Deny']);
    expect(JSON.stringify(snapshotOf(name).outputs['BREAKWATER_SERVICE_BUS_NAMESPACES'])).toMatch(
      /sb-\w+,sb-\w+-2,sb-\w+-firehose,sb-\w+-notifier/,
    );
    const receivers = ofType(name, 'Microsoft.ServiceBus/namespaces/queues').filter((one) =>
      one.name.endsWith('/bot-firehose'),
    );
    expect(receivers.map((one) => one.name.split('/')[0]?.endsWith('-firehose'))).toEqual([true]);
  });

  it('of Premium Service Bus grows from its capacity to the largest, by partitions', () => {
    const [namespace] = ofType('premium', 'Microsoft.ServiceBus/namespaces');
    const [growth] = ofType('premium', 'Microsoft.Insights/autoscalesettings');

    expect(namespace).toMatchObject({ sku: { capacity: 2 }, properties: { premiumMessagingPartitions: 2 } });
    expect(propertiesOf(growth)).toMatchObject({ profiles: [{ capacity: { minimum: '2', maximum: '8' } }] });
    expect(ofType('private-network', 'Microsoft.Insights/autoscalesettings')).toEqual([]);
  });

  it('closes storage and vault to everybody but the subnet, or the private endpoints; the package is put from outside', () => {
    const acls = (name: string) =>
      ['archive', 'host', 'package'].map((end) => {
        const account = ofType(name, 'Microsoft.Storage/storageAccounts').find((one) => one.name.endsWith(end));
        return z
          .object({
            networkAcls: z.object({ defaultAction: z.string(), virtualNetworkRules: z.array(z.unknown()) }).optional(),
          })
          .parse(propertiesOf(account)).networkAcls;
      });

    expect(acls('service-endpoints').map((acl) => [acl?.defaultAction, acl?.virtualNetworkRules.length])).toEqual([
      ['Deny', 1],
      ['Deny', 1],
      [undefined, undefined],
    ]);
    expect(acls('private-network').map((acl) => [acl?.defaultAction, acl?.virtualNetworkRules.length])).toEqual([
      ['Deny', 0],
      ['Deny', 0],
      [undefined, undefined],
    ]);
  });

  it('into a workspace of others asks only for its own lines', () => {
    const rules = ofType('existing-workspace', 'Microsoft.Insights/scheduledQueryRules');

    expect(ofType('existing-workspace', 'Microsoft.OperationalInsights/workspaces')).toEqual([]);
    for (const rule of rules)
      expect(JSON.stringify(propertiesOf(rule))).toMatch(
        /let AppTraces = table\('AppTraces'\) \| where _ResourceId =~ /,
      );
  });
});

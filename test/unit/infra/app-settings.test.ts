import { describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../src/settings/environment-schema.js';
import { readSettings } from '../../../src/settings/read-settings.js';
import { membersOf, objectAt, readBicep } from './read-bicep.js';

const { text } = readBicep('modules/function-app.bicep');
const block = objectAt(text, text.indexOf('var settings = {'));
const names = membersOf(block);

/** Settings of the Functions host, which the app itself never reads. */
const hostSettings = [
  'AzureWebJobsStorage__accountName',
  'AzureWebJobsStorage__credential',
  'AzureWebJobsStorage__clientId',
  'AzureWebJobsDisableHomepage',
  'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT',
  'AzureFunctionsJobHost__extensions__http__maxConcurrentRequests',
  'languageWorkers__node__arguments',
];

/** Flex Consumption refuses these, or decides them elsewhere. */
const forbidden = [
  'FUNCTIONS_WORKER_RUNTIME',
  'FUNCTIONS_EXTENSION_VERSION',
  'WEBSITE_NODE_DEFAULT_VERSION',
  'WEBSITE_RUN_FROM_PACKAGE',
  'WEBSITE_CONTENTSHARE',
  'WEBSITE_CONTENTAZUREFILECONNECTIONSTRING',
  'SCM_DO_BUILD_DURING_DEPLOYMENT',
  'ENABLE_ORYX_BUILD',
];

const deployed: Readonly<Record<string, string>> = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=00000000-0000-0000-0000-000000000000',
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=11111111-1111-4111-8111-111111111111;Authorization=AAD',
  AZURE_CLIENT_ID: '11111111-1111-4111-8111-111111111111',
  PayloadStorage__blobServiceUri: 'https://stexamplearchive.blob.core.windows.net/',
  PayloadStorage__credential: 'managedidentity',
  PayloadStorage__clientId: '11111111-1111-4111-8111-111111111111',
  ServiceBus__fullyQualifiedNamespace: 'sb-example.servicebus.windows.net',
  ServiceBus__credential: 'managedidentity',
  ServiceBus__clientId: '11111111-1111-4111-8111-111111111111',
  KeyVault__vaultUri: 'https://kv-example.vault.azure.net/',
  MAX_PAYLOAD_BYTES: '1048576',
  PROVIDERS: 'github',
};

describe('the settings of the deployed app', () => {
  it('are settings that the app reads, or the host', () => {
    const known = [...Object.keys(environmentSchema.shape), ...hostSettings];

    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('are accepted by the app with the values that Azure will give them', () => {
    const appSettings = names.filter((name) => !hostSettings.includes(name));

    expect(appSettings.toSorted()).toEqual(Object.keys(deployed).toSorted());
    expect(readSettings(deployed)).toMatchObject({
      ok: true,
      settings: {
        development: false,
        payloadStorage: { kind: 'identity' },
        serviceBus: { kind: 'identity' },
        keyVault: { kind: 'vault' },
        telemetry: { identity: { managedIdentityClientId: '11111111-1111-4111-8111-111111111111' } },
      },
    });
  });

  it('give each connection of the user-assigned identity its three parts', () => {
    for (const connection of ['AzureWebJobsStorage', 'PayloadStorage', 'ServiceBus']) {
      expect(block).toContain(`${connection}__credential: 'managedidentity'`);
      expect(block).toContain(`${connection}__clientId: identityClientId`);
    }
  });

  it.each(forbidden)('do not hold %s', (name) => {
    expect(text).not.toContain(name);
  });

  it('are written in one place: a second config resource would replace them all', () => {
    expect(text.match(/sites\/config@/g)).toHaveLength(1);
  });
});

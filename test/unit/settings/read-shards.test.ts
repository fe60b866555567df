import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../src/settings/read-configuration.js';
import { readSettings } from '../../../src/settings/read-settings.js';

const azure = {
  PayloadStorage__blobServiceUri: 'https://webhooks.blob.core.windows.net',
  ServiceBus__fullyQualifiedNamespace: 'bots.servicebus.windows.net',
  KeyVault__vaultUri: 'https://hooks.vault.azure.net',
  AZURE_CLIENT_ID: '11111111-1111-4111-8111-111111111111',
};

const account = (name: string, blobServiceUri = `https://webhooks${name}.blob.core.windows.net`) => ({
  name,
  blobServiceUri,
});
const namespace = (name: string, more = {}) => ({
  name,
  fullyQualifiedNamespace: `bots${name}.servicebus.windows.net`,
  ...more,
});

const read = (shards: { readonly accounts?: unknown; readonly namespaces?: unknown }) =>
  readSettings({
    ...azure,
    ...(shards.accounts !== undefined && { PayloadStorage__shards: JSON.stringify(shards.accounts) }),
    ...(shards.namespaces !== undefined && { ServiceBus__shards: JSON.stringify(shards.namespaces) }),
  });

const problems = (shards: Parameters<typeof read>[0]) => {
  const reading = read(shards);
  return reading.ok ? [] : reading.problems.map(({ name, what }) => `${name} ${what}`);
};

describe('shards in the settings', () => {
  it('unset or empty lists mean none', () => {
    for (const reading of [readSettings(azure), read({ accounts: [], namespaces: [] })]) {
      expect(reading).toMatchObject({ ok: true });
      expect(Object.keys(reading.ok ? reading.settings : {})).not.toContain('accounts');
      expect(Object.keys(reading.ok ? reading.settings : {})).not.toContain('namespaces');
    }
  });

  it('each is used with the identity of the app, and a namespace may be for some bots alone', () => {
    const managedIdentityClientId = azure.AZURE_CLIENT_ID;

    expect(
      read({ accounts: [account('2')], namespaces: [namespace('2'), namespace('firehose', { bots: ['notifier'] })] }),
    ).toMatchObject({
      ok: true,
      settings: {
        accounts: [{ ...account('2'), kind: 'identity', managedIdentityClientId }],
        namespaces: [
          { ...namespace('2'), kind: 'identity', managedIdentityClientId },
          { ...namespace('firehose'), bots: ['notifier'] },
        ],
      },
    });
  });

  it.each([
    { what: 'no JSON', accounts: undefined, text: '[{' },
    { what: 'no list', accounts: { name: '2' } },
    { what: 'a name in capitals', accounts: [account('Second')] },
    { what: 'a name that a blob name could hold', accounts: [account('a/b')] },
    { what: 'no name', accounts: [{ blobServiceUri: 'https://webhooks2.blob.core.windows.net' }] },
    { what: 'a member nobody knows', accounts: [{ ...account('2'), weight: 3 }] },
    { what: 'more than fifteen', accounts: Array.from({ length: 16 }, (_, index) => account(`a${index}`)) },
  ])('$what is refused with the form that is expected', ({ accounts, text }) => {
    const reading = readSettings({ ...azure, PayloadStorage__shards: text ?? JSON.stringify(accounts) });

    expect(reading).toMatchObject({
      ok: false,
      problems: [{ name: 'PayloadStorage__shards', what: 'does not have the expected form' }],
    });
  });

  it('two of one name, and two that lead to one place, the first one’s too, are refused', () => {
    expect(problems({ accounts: [account('2'), account('2', 'https://other.blob.core.windows.net')] })).toEqual([
      'PayloadStorage__shards names two shards "2"',
    ]);
    expect(problems({ accounts: [account('2', 'https://WEBHOOKS.blob.core.windows.net/')] })).toEqual([
      'PayloadStorage__shards leads to one place twice',
    ]);
    expect(
      problems({ namespaces: [namespace('2', { fullyQualifiedNamespace: 'Bots.servicebus.windows.net' })] }),
    ).toEqual(['ServiceBus__shards leads to one place twice']);
  });

  it('a shard without a connection, with two, or at an emulator outside development is refused as the first one would be', () => {
    expect(problems({ namespaces: [{ name: '2' }] })).toEqual(['ServiceBus__shards "2": is not set']);
    expect(problems({ namespaces: [namespace('2', { connectionString: 'Endpoint=sb://x/' })] })[0]).toMatch(
      /"2": is set together/,
    );
    expect(problems({ accounts: [{ name: '2', connectionString: 'UseDevelopmentStorage=true' }] })).toEqual([
      'PayloadStorage__shards "2": points at a local emulator',
    ]);
  });

  it('a bot that gets two namespaces, and one that does not exist, are refused', () => {
    expect(problems({ namespaces: [namespace('2', { bots: ['a'] }), namespace('3', { bots: ['a'] })] })).toEqual([
      'ServiceBus__shards gives bot "a" two namespaces',
    ]);
    const reading = readConfiguration({
      environment: { ...azure, ServiceBus__shards: JSON.stringify([namespace('2', { bots: ['nobody'] })]) },
      readText: (path) =>
        path === 'bots.json'
          ? JSON.stringify({ bots: [{ name: 'a', queue: 'a', events: ['*'], ordered: false }] })
          : undefined,
      readProviders: () => ({ ok: true, providers: [] }),
    });
    expect(reading).toMatchObject({ ok: false, problems: [expect.stringContaining('names bot "nobody"')] });
  });

  it('no problem shows a connection string', () => {
    const connectionString =
      'Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=hush-hush;EntityPath=q';

    expect(JSON.stringify(read({ namespaces: [{ name: '2', connectionString }] }))).not.toContain('hush');
  });
});

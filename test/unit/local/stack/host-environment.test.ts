import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extraCaFile } from '../../../../local/stack/extra-ca.js';
import { accountsIn, hostEnvironment, initialSecrets, providersIn } from '../../../../local/stack/host-environment.js';
import { readSettings } from '../../../../src/settings/read-settings.js';

const connections = {
  blobConnectionString:
    'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;',
  serviceBusConnectionString:
    'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true',
  vaultUri: 'https://127.0.0.1:8443',
  caFile: '/state/key-vault/ca.pem',
};

describe("the host's environment", () => {
  it('is one that the app accepts, with every dependency on this machine', () => {
    const environment = hostEnvironment({ PATH: '/bin', PayloadStorage: ' ', PROVIDERS: '' }, connections);

    expect(environment['NODE_EXTRA_CA_CERTS']).toBe(connections.caFile);
    expect(readSettings(environment)).toMatchObject({
      ok: true,
      settings: {
        development: true,
        providers: ['github'],
        keyVault: { kind: 'vault', vaultUri: connections.vaultUri },
      },
    });
  });

  it('what the user has exported wins', () => {
    const environment = hostEnvironment(
      { PATH: '/bin', PROVIDERS: 'github,slack', MAX_PAYLOAD_BYTES: '9999' },
      connections,
    );

    expect(environment).toMatchObject({ PATH: '/bin', PROVIDERS: 'github,slack', MAX_PAYLOAD_BYTES: '9999' });
  });

  it('a dependency that the user names by identity, or secrets from settings, have no stand-in beside them', () => {
    const environment = hostEnvironment(
      {
        PayloadStorage__blobServiceUri: 'https://account.blob.core.windows.net',
        ServiceBus__fullyQualifiedNamespace: 'mine.servicebus.windows.net',
        WEBHOOK_SECRET_GITHUB: 'a secret of sixteen',
      },
      connections,
    );

    expect(readSettings(environment)).toMatchObject({
      ok: true,
      settings: {
        payloadStorage: { kind: 'identity' },
        serviceBus: { kind: 'identity' },
        keyVault: { kind: 'settings' },
      },
    });
  });

  it('the vault begins with a secret for every provider, and the token of the operations', () => {
    expect(initialSecrets(providersIn({ PROVIDERS: 'github, slack,' }))).toEqual({
      'admin-token': 'local-admin-token',
      'github-webhook-secret': "It's a Secret to Everybody",
      'slack-webhook-secret': "It's a Secret to Everybody",
    });
    expect(providersIn({})).toEqual(['github']);
  });
});

describe('the certificates that the host trusts', () => {
  it("are the vault's, and the user's own beside them", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'breakwater-ca-'));
    const [vault, users] = [join(folder, 'vault.pem'), join(folder, 'users.pem')];
    await writeFile(vault, 'VAULT\n');
    await writeFile(users, 'USERS');

    const alone = await extraCaFile(folder, vault, undefined);
    const unreadable = await extraCaFile(folder, vault, join(folder, 'none.pem'));
    const both = await readFile(await extraCaFile(folder, vault, users), 'utf8');
    await rm(folder, { recursive: true });

    expect([alone, unreadable]).toEqual([vault, vault]);
    expect(both).toBe('USERS\nVAULT\n');
  });
});

describe('the shards of a stack', () => {
  it('names the storage accounts beside the first, so that each has its backlog queue; what cannot be read names none', () => {
    expect(accountsIn({ PayloadStorage__shards: '[{"name":"2"},{"name":"eu","connectionString":"x"}]' })).toEqual([
      '2',
      'eu',
    ]);
    for (const shards of [undefined, ' ', 'no JSON', '{"name":"2"}', '[{}]'])
      expect(accountsIn({ PayloadStorage__shards: shards })).toEqual([]);
  });
});

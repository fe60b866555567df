import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretClient, type SecretProperties } from '@azure/keyvault-secrets';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KeyVault, type KeyVaultOptions, startKeyVault } from '../../../local/key-vault/start-key-vault.js';
import { createEmulatorCredential } from '../../../src/secrets/emulator-credential.js';

let directory: string;
let running: KeyVault[] = [];

const start = async (options: Partial<KeyVaultOptions> = {}): Promise<KeyVault> => {
  const vault = await startKeyVault({ port: 0, stateDirectory: directory, ...options });
  running.push(vault);
  return vault;
};

const clientOf = async ({ vaultUri, caFile }: KeyVault): Promise<SecretClient> =>
  new SecretClient(vaultUri, createEmulatorCredential(), {
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 0 },
    tlsOptions: { ca: await readFile(caFile, 'utf8') },
  });

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
};

const request = async (vault: KeyVault, path: string, headers: Record<string, string> = {}) => {
  const ca = await readFile(vault.caFile, 'utf8');
  return new Promise<{ status: number | undefined; challenge: string | undefined; body: string }>((resolve, reject) => {
    get(new URL(path, vault.vaultUri), { ca, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, challenge: response.headers['www-authenticate'], body }),
      );
    }).on('error', reject);
  });
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breakwater-vault-'));
});

afterEach(async () => {
  await Promise.all(running.map((vault) => vault.close()));
  running = [];
  await rm(directory, { recursive: true, force: true });
});

describe('local vault, through the SDK', () => {
  test('local vault: a secret that was set is read back, the latest or by version', async () => {
    const client = await clientOf(await start());
    const one = await client.setSecret('github-webhook-secret', 'one', { contentType: 'text/plain', tags: { a: 'b' } });
    const two = await client.setSecret('github-webhook-secret', 'two');

    const latest = await client.getSecret('github-webhook-secret');
    const first = await client.getSecret('github-webhook-secret', { version: one.properties.version ?? '' });

    expect(latest).toMatchObject({ value: 'two', properties: { version: two.properties.version, enabled: true } });
    expect(first).toMatchObject({ value: 'one', properties: { contentType: 'text/plain', tags: { a: 'b' } } });
    expect(two.properties.createdOn?.getTime()).toBeGreaterThan(one.properties.createdOn?.getTime() ?? 0);
  });

  test('local vault: versions are listed page by page, in the order of their ids', async () => {
    const vault = await start();
    const client = await clientOf(vault);
    const versions: string[] = [];
    for (let each = 0; each < 30; each += 1) versions.push(await vault.setSecret('rotated', `value ${each}`));

    const listed = await collect(client.listPropertiesOfSecretVersions('rotated'));
    const pages = await collect(client.listPropertiesOfSecretVersions('rotated').byPage({ maxPageSize: 8 }));

    expect(listed.map(({ version }) => version)).toEqual([...versions].sort());
    expect(pages.map((page: SecretProperties[]) => page.length)).toEqual([8, 8, 8, 6]);
  });

  test('local vault: secrets are listed by name, without their values', async () => {
    const vault = await start({ initialSecrets: { 'slack-webhook-secret': 's', 'admin-token': 'a' } });
    const client = await clientOf(vault);

    const listed = await collect(client.listPropertiesOfSecrets());

    expect(listed.map(({ name }) => name)).toEqual(['admin-token', 'slack-webhook-secret']);
    expect(JSON.stringify(listed)).not.toContain('"value"');
  });

  test('local vault: a disabled version cannot be read until it is enabled again', async () => {
    const client = await clientOf(await start());
    const { properties } = await client.setSecret('github-webhook-secret', 'one');
    const version = properties.version ?? '';

    await client.updateSecretProperties('github-webhook-secret', version, { enabled: false });
    const refused = await client.getSecret('github-webhook-secret').catch((error: unknown) => error);
    await client.updateSecretProperties('github-webhook-secret', version, { enabled: true });

    expect(refused).toMatchObject({
      statusCode: 403,
      details: { error: { code: 'Forbidden', innerError: { code: 'SecretDisabled' } } },
    });
    expect(await client.getSecret('github-webhook-secret')).toMatchObject({ value: 'one' });
  });

  test('local vault: a beginning and an expiry are kept, and an update of one leaves the other', async () => {
    const client = await clientOf(await start());
    const notBefore = new Date('2026-01-01T00:00:00Z');
    const expiresOn = new Date('2027-01-01T00:00:00Z');
    const { properties } = await client.setSecret('github-webhook-secret', 'one', { notBefore });

    await client.updateSecretProperties('github-webhook-secret', properties.version ?? '', { expiresOn });

    expect((await client.getSecret('github-webhook-secret')).properties).toMatchObject({ notBefore, expiresOn });
  });

  test('local vault: a deleted secret is gone with all its versions', async () => {
    const client = await clientOf(await start({ initialSecrets: { 'github-webhook-secret': 'one' } }));

    await (await client.beginDeleteSecret('github-webhook-secret')).pollUntilDone();

    await expect(client.getSecret('github-webhook-secret')).rejects.toMatchObject({
      statusCode: 404,
      code: 'SecretNotFound',
    });
    expect(await collect(client.listPropertiesOfSecretVersions('github-webhook-secret'))).toEqual([]);
  });

  test('local vault: a bad name and too large a value are refused as Key Vault does', async () => {
    const client = await clientOf(await start());
    const refused = { statusCode: 400, code: 'BadParameter' };

    await expect(client.setSecret('under_score', 'x')).rejects.toMatchObject(refused);
    await expect(client.setSecret('large', 'x'.repeat(25_601))).rejects.toMatchObject(refused);
  });

  test('local vault: twenty secrets set at once are all there', async () => {
    const client = await clientOf(await start());
    await client.setSecret('first', 'x');

    await Promise.all(Array.from({ length: 20 }, (_, each) => client.setSecret('same', `value ${each}`)));

    expect(await collect(client.listPropertiesOfSecretVersions('same'))).toHaveLength(20);
  });

  test('local vault: told to answer with an error, it does so until told otherwise', async () => {
    const vault = await start({ initialSecrets: { 'admin-token': 'a' } });
    const client = await clientOf(vault);
    vault.setErrorStatus(429);
    const refused = await client.getSecret('admin-token').catch((error: unknown) => error);
    vault.setErrorStatus(undefined);

    expect(refused).toMatchObject({ statusCode: 429 });
    expect(await client.getSecret('admin-token')).toMatchObject({ value: 'a' });
  });
});

describe('local vault, without the SDK', () => {
  test('local vault: without a token it asks for one, as Key Vault does', async () => {
    const vault = await start({ initialSecrets: { 'admin-token': 'secret-value' } });

    const answer = await request(vault, '/secrets/admin-token?api-version=7.6');

    expect(answer.status).toBe(401);
    expect(answer.challenge).toMatch(
      /^Bearer authorization="https:\/\/[^"]+", resource="https:\/\/vault\.azure\.net"$/,
    );
    expect(answer.body).not.toContain('secret-value');
  });

  test.each([
    ['/secrets/admin-token', 400, 'BadParameter'],
    ['/secrets/nobody?api-version=7.6', 404, 'SecretNotFound'],
    ['/secrets?api-version=7.6&maxresults=26', 400, 'BadParameter'],
    ['/keys/one?api-version=7.6', 501, 'NotImplemented'],
    ['/secrets/a/b/c?api-version=7.6', 501, 'NotImplemented'],
  ])('local vault: GET %s is answered %i %s', async (path, status, code) => {
    const vault = await start();

    const answer = await request(vault, path, { authorization: 'Bearer any' });

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code, message: expect.any(String) } });
  });

  test('local vault: ids and links lead back to the address that was asked, so a proxy may stand before it', async () => {
    const vault = await start({ initialSecrets: { one: '1', two: '2' } });

    const answer = await request(vault, '/secrets?api-version=7.6&maxresults=1', {
      authorization: 'Bearer any',
      host: '127.0.0.1:8443',
    });

    expect(JSON.parse(answer.body)).toMatchObject({
      value: [{ id: 'https://127.0.0.1:8443/secrets/one' }],
      nextLink: expect.stringMatching(/^https:\/\/127\.0\.0\.1:8443\/secrets\?/),
    });
  });
});

describe('local vault over restarts', () => {
  test('local vault: secrets and certificate survive, and initial secrets overwrite nothing', async () => {
    const first = await start({ initialSecrets: { 'admin-token': 'as-shipped' } });
    const ca = await readFile(first.caFile, 'utf8');
    await first.setSecret('admin-token', 'rotated');
    await first.close();
    running = [];

    const second = await start({ initialSecrets: { 'admin-token': 'as-shipped' } });

    expect(await readFile(second.caFile, 'utf8')).toBe(ca);
    expect(await (await clientOf(second)).getSecret('admin-token')).toMatchObject({ value: 'rotated' });
  });

  test('local vault: what it keeps is for this user alone', async () => {
    await start({ initialSecrets: { 'admin-token': 'a' } });

    const modes = await Promise.all(
      ['secrets.json', 'server-key.pem'].map(async (name) => (await stat(join(directory, name))).mode & 0o777),
    );

    expect(modes).toEqual([0o600, 0o600]);
  });

  test('local vault: a state that makes no sense stops the start and is left as it is', async () => {
    const file = join(directory, 'secrets.json');
    await writeFile(file, '{"format":1,');

    await expect(start()).rejects.toThrow(`${file} is not the state of a local vault`);
    expect(await readFile(file, 'utf8')).toBe('{"format":1,');
  });

  test('local vault: a damaged certificate is replaced', async () => {
    const first = await start();
    await first.close();
    running = [];
    await writeFile(join(directory, 'server.pem'), 'not a certificate');

    const second = await start({ initialSecrets: { 'admin-token': 'a' } });

    expect(await (await clientOf(second)).getSecret('admin-token')).toMatchObject({ value: 'a' });
  });

  test('local vault: a taken port is named in the error', async () => {
    const { port } = await start();

    await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  });
});

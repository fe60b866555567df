import { describe, expect, it } from 'vitest';
import { parseAzdValues, readTarget } from '../../../scripts/deployment/deployment-target.js';
import { describeHealth } from '../../../scripts/deployment/describe-health.js';
import { setSecrets } from '../../../scripts/deployment/set-secrets.js';
import { signPing } from '../../../scripts/deployment/signed-ping.js';
import { wantedSecrets } from '../../../scripts/deployment/wanted-secrets.js';
import { github } from '../../../src/providers/github.js';
import { readBicep } from './read-bicep.js';

const values = {
  BREAKWATER_BASE_URL: 'https://func-x.azurewebsites.net/',
  BREAKWATER_KEY_VAULT_URI: 'https://kv-x.vault.azure.net/',
  BREAKWATER_PROVIDERS: 'github, slack',
  BREAKWATER_FUNCTION_APP_NAME: 'func-x',
  AZURE_RESOURCE_GROUP: 'rg-x',
  AZURE_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000000',
};

describe('the target of a verification', () => {
  it('is read from what azd prints', () => {
    const printed = 'AZURE_ENV_NAME="prod"\nBREAKWATER_PROVIDERS="github,\\"x\\""\nPLAIN=value\nno value here\n';

    expect(parseAzdValues(printed)).toEqual({
      AZURE_ENV_NAME: 'prod',
      BREAKWATER_PROVIDERS: 'github,"x"',
      PLAIN: 'value',
    });
  });

  it('is known by the outputs of the templates', () => {
    const outputs = [...readBicep('main.bicep').text.matchAll(/^output (\w+)/gm)].map(([, name]) => name);

    expect(readTarget(values)).toMatchObject({
      ok: true,
      target: { baseUrl: 'https://func-x.azurewebsites.net', providers: ['github', 'slack'] },
    });
    expect(outputs).toEqual(
      expect.arrayContaining(Object.keys(values).filter((name) => name !== 'AZURE_SUBSCRIPTION_ID')),
    );
  });

  it('names every value that is missing', () => {
    expect(readTarget({ ...values, BREAKWATER_BASE_URL: ' ', AZURE_RESOURCE_GROUP: undefined })).toEqual({
      ok: false,
      missing: ['BREAKWATER_BASE_URL', 'AZURE_RESOURCE_GROUP'],
    });
  });
});

describe('the signed ping', () => {
  it('is one that the provider accepts, and refuses under another secret', () => {
    const { headers, body } = signPing({ secret: 'a-secret-for-tests-only', deliveryId: 'd-1' });
    const delivery = {
      headers: new Headers(headers),
      query: new URLSearchParams(),
      body: Buffer.from(body),
      receivedAt: new Date(0),
    };

    expect(github.verify(delivery, 'a-secret-for-tests-only', 0)).toBe(true);
    expect(github.verify(delivery, 'another-secret-for-tests', 0)).toBe(false);
  });
});

describe('deep health, described', () => {
  const report = {
    status: 'degraded',
    version: '1.0.0',
    checks: { key_vault_probe: { healthy: false, message: 'Unreachable', durationMs: 3 } },
    outbox: { pending: 2, oldestSeconds: 7 },
  };

  it('says what fails', () => {
    expect(describeHealth(report)).toEqual({
      healthy: false,
      lines: ['degraded, version 1.0.0', '✗ key_vault_probe: Unreachable', 'outbox: 2 pending'],
    });
  });

  it('is good only when everything is healthy, and never when the answer is something else', () => {
    expect(describeHealth({ ...report, status: 'healthy' }).healthy).toBe(true);
    expect(describeHealth({ status: 'healthy' }).healthy).toBe(false);
    expect(describeHealth(undefined).healthy).toBe(false);
  });
});

describe('secrets', () => {
  const memoryVault = (stored: Map<string, string[]>) => ({
    async *listPropertiesOfSecretVersions(name: string) {
      yield* (stored.get(name) ?? []).map(() => ({ enabled: true }));
    },
    async setSecret(name: string, value: string) {
      stored.set(name, [...(stored.get(name) ?? []), value]);
    },
  });

  it('are those of the providers, and the admin token', () => {
    expect(wantedSecrets(['github', 'slack']).map(({ name, generatable }) => [name, generatable])).toEqual([
      ['github-webhook-secret', true],
      ['slack-webhook-secret', false],
      ['admin-token', true],
    ]);
  });

  it('that are missing are asked for or made up, the others left alone, and none is printed', async () => {
    const stored = new Map([['github-webhook-secret', ['the-one-that-is-set']]]);
    const answers = ['short', 'a-secret-that-slack-gave', ''];
    const printed: string[] = [];
    const ask = async () => answers.shift() ?? '';

    await setSecrets(
      { vault: memoryVault(stored), ask, print: (line) => printed.push(line) },
      wantedSecrets(['github', 'slack']),
      new Set(),
    );

    expect(stored.get('github-webhook-secret')).toEqual(['the-one-that-is-set']);
    expect(stored.get('slack-webhook-secret')).toEqual(['a-secret-that-slack-gave']);
    expect(stored.get('admin-token')?.[0]).toMatch(/^[0-9a-f]{64}$/);
    const shown = printed.join('\n');
    for (const [value = ''] of stored.values()) expect(shown).not.toContain(value);
    expect(shown).toContain('is shorter than 16 bytes');
  });

  it('get a new version on request, and never a published one', async () => {
    const stored = new Map([['github-webhook-secret', ['old-old-old-old-old']]]);
    const answers = ["It's a Secret to Everybody", 'new-new-new-new-new'];

    await setSecrets(
      { vault: memoryVault(stored), ask: async () => answers.shift() ?? '', print: () => {} },
      wantedSecrets(['github']).slice(0, 1),
      new Set(['github-webhook-secret']),
    );

    expect(stored.get('github-webhook-secret')).toEqual(['old-old-old-old-old', 'new-new-new-new-new']);
  });
});

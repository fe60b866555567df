import { describe, expect, it } from 'vitest';
import { describeHealth } from '../../../local/commands/looking/describe-health.js';
import { createAzureManagement } from '../../../scripts/deployment/azure-management.js';
import { parseAzdValues, readTarget } from '../../../scripts/deployment/deployment-target.js';
import { followPing } from '../../../scripts/deployment/follow-ping.js';
import { missingSecrets, setSecrets } from '../../../scripts/deployment/set-secrets.js';
import { signPing } from '../../../scripts/deployment/signed-ping.js';
import { wantedSecrets } from '../../../scripts/deployment/wanted-secrets.js';
import { github } from '../../../src/providers/github.js';
import { readBicep } from './read-bicep.js';

const values = {
  BREAKWATER_BASE_URL: 'https://func-x.azurewebsites.net/',
  BREAKWATER_KEY_VAULT_URI: 'https://kv-x.vault.azure.net/',
  BREAKWATER_PROVIDERS: 'github, slack',
  BREAKWATER_FUNCTION_APP_NAME: 'func-x',
  BREAKWATER_SERVICE_BUS_NAMESPACES: 'sb-x',
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

  it('signs in where the deployment is at home', () => {
    expect(readTarget({ ...values, AZURE_TENANT_ID: 't' })).toMatchObject({ ok: true, target: { tenantId: 't' } });
    expect(readTarget(values)).not.toMatchObject({ target: { tenantId: expect.anything() } });
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

describe('what a verification asks of Azure', () => {
  const asked: string[] = [];
  const management = (answer: Response | ((url: string) => Response), changes = {}) => {
    const reading = readTarget({ ...values, ...changes });
    if (!reading.ok) throw new Error('no target');
    const fetch = async (url: string, init: RequestInit) => {
      asked.push(`${init.method} ${url}`);
      return typeof answer === 'function' ? answer(url) : answer;
    };
    return createAzureManagement({ fetch, getToken: async () => 'token', timeoutMs: 1000 }, reading.target);
  };
  const group =
    'https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-x/providers';

  it('is the function key, which a new app does not have at once', async () => {
    await expect(management(Response.json({ functionKeys: { default: 'k' } })).functionKey()).resolves.toBe('k');
    await expect(management(Response.json({ functionKeys: {} })).functionKey()).rejects.toThrow(
      /no default function key/,
    );
    await expect(management(new Response('', { status: 404 })).functionKey()).rejects.toThrow(/404/);
    expect(asked[0]).toBe(`POST ${group}/Microsoft.Web/sites/func-x/host/default/listkeys?api-version=2025-03-01`);
  });

  it('is what a queue holds, under the name that a resource can have', async () => {
    await expect(management(Response.json({ properties: { messageCount: 3 } })).queueCount('notify/all')).resolves.toBe(
      3,
    );
    expect(asked.at(-1)).toBe(
      `GET ${group}/Microsoft.ServiceBus/namespaces/sb-x/queues/notify~all?api-version=2024-01-01`,
    );
  });

  it('is what a queue holds in all namespaces that have it', async () => {
    const answer = (url: string) =>
      url.includes('sb-x-other/')
        ? new Response('', { status: 404 })
        : Response.json({ properties: { messageCount: 3 } });
    const changes = { BREAKWATER_SERVICE_BUS_NAMESPACES: 'sb-x,sb-x-2,sb-x-other' };

    await expect(management(answer, changes).queueCount('bot-x')).resolves.toBe(6);
    await expect(management(new Response('', { status: 404 })).queueCount('bot-x')).rejects.toThrow('404');
  });

  it('is that references to secrets are resolved anew', async () => {
    await management(new Response('')).refreshReferences();
    expect(asked.at(-1)).toMatch(/^POST .*\/config\/configreferences\/appsettings\/refresh\?/);
  });
});

describe('a ping that is followed', () => {
  const follow = async (json: unknown, counts: readonly number[], status = 202) => {
    const printed: string[] = [];
    const left = [...counts];
    const good = await followPing(
      {
        post: async () => ({ status, json }),
        count: async () => left.shift() ?? counts.at(-1) ?? 0,
        print: (line) => printed.push(line),
        pause: async () => {},
      },
      ['watcher'],
    );
    return { good, printed: printed.join('\n') };
  };
  const accepted = { status: 'accepted', archived: true, routedTo: ['watcher'] };

  it('is found in the queue of the bot that names it', async () => {
    expect(await follow(accepted, [4, 4, 5])).toEqual({
      good: true,
      printed: '✓ a signed ping was accepted and archived\n✓ it is in the queue of watcher',
    });
  });

  it('that its bot has taken already is no fault, nor is one that no bot names', async () => {
    expect(await follow(accepted, [4])).toMatchObject({
      good: true,
      printed: expect.stringContaining('taken it already'),
    });
    expect(await follow({ ...accepted, routedTo: [] }, [4])).toMatchObject({
      good: true,
      printed: expect.stringContaining('No bot names'),
    });
  });

  it('is a fault when it is refused, deferred, or kept nowhere', async () => {
    expect((await follow({}, [0], 503)).good).toBe(false);
    expect((await follow({ ...accepted, status: 'deferred' }, [0, 1])).good).toBe(false);
    expect((await follow({ ...accepted, archived: false }, [0, 1])).good).toBe(false);
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
      lines: ['degraded, version 1.0.0', '✗  key_vault_probe  Unreachable', 'outbox: 2 pending'],
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

  it('that are missing are named where nobody can be asked', async () => {
    const vault = memoryVault(new Map([['github-webhook-secret', ['the-one-that-is-set']]]));

    expect(await missingSecrets(vault, wantedSecrets(['github', 'slack']))).toEqual([
      'slack-webhook-secret',
      'admin-token',
    ]);
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

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpRequest } from '@azure/functions';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../local/blob-storage/start-blob-storage.js';
import type { Fault } from '../../local/faults/fault.js';
import { keyVaultBreakerOptions } from '../../src/settings/azure-breaker-options.js';
import { testSecret } from '../support/memory-app.js';
import { callHandler } from '../support/post-webhook.js';
import { prepareVault, type Site, startSite } from './fault-matrix/start-site.js';

/** Each site has an account of its own: what a site has left behind is for the next one to find, where they share one. */
const accounts = Array.from({ length: 12 }, (_, n) => ({
  name: `vaultaway${n}`,
  key: Buffer.from(`the key of account ${n}`).toString('base64'),
}));
const refreshMs = 300_000;

let storage: BlobStorage;
let vaultDirectory: string;
let site: Site;
let sites = 0;

beforeAll(async () => {
  vi.stubEnv('AZURITE_ACCOUNTS', accounts.map(({ name, key }) => `${name}:${key}`).join(';'));
  storage = await startBlobStorage({ port: 0 });
  vi.unstubAllEnvs();
  vaultDirectory = await mkdtemp(join(tmpdir(), 'breakwater-vault-away-'));
  await prepareVault(vaultDirectory);
});

afterAll(async () => {
  await storage.close();
  await rm(vaultDirectory, { recursive: true });
});

afterEach(() => site.close());

const start = async (environment: Readonly<Record<string, string>> = {}): Promise<Site> => {
  const account = accounts[sites];
  sites += 1;
  if (account === undefined) throw new Error('There is no account left');
  site = await startSite({ storagePort: storage.port, account, vaultDirectory, environment });
  return site;
};

const setVault = (fault: Fault): Promise<void> => site.proxies['key-vault'].setFault(fault);

const postAll = async (ids: readonly string[]) => {
  const replies = [];
  for (const [number, id] of ids.entries()) replies.push(await site.post(id, { number }));
  return replies;
};

const idsOf = (run: string): readonly string[] => Array.from({ length: 25 }, (_, number) => `${run}-${number}`);

/** The vault is back, and its breaker's cool-down over; the timer runs until nothing waits. */
const comeBack = async (): Promise<void> => {
  await setVault({ kind: 'none' });
  for (let run = 0; run < 6; run += 1) {
    site.clock.leap(keyVaultBreakerOptions.coolDownMs);
    await site.drain();
    if (!JSON.stringify(await health()).includes('"pending":1')) return;
  }
};

const health = async () => {
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/health/deep' });
  return (await callHandler(site.app.deepHealth, request)).json;
};

const faults: readonly Fault[] = [{ kind: 'refuse' }, { kind: 'hang' }, { kind: 'error', status: 429 }];

describe.each(faults)('a vault that is away (%j), over TLS, with Azurite and the Service Bus stand-in', (fault) => {
  const run = fault.kind;

  it('with the secret read at the start, every delivery is accepted and in its queue', async () => {
    await start();
    await site.app.warmSecrets();
    await setVault(fault);
    site.clock.leap(refreshMs);

    const replies = await postAll(idsOf(`cached-${run}`));

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await site.delivered()).toEqual(idsOf(`cached-${run}`));
    // A read that hangs is told when its own time is up.
    await expect.poll(health).toMatchObject({ status: 'degraded', secrets: { github: { source: 'cache' } } });
  });

  it('with the fallback, a cold instance accepts every delivery, and forged ones are 401', async () => {
    await start({ WEBHOOK_SECRET_GITHUB: testSecret });
    await setVault(fault);

    const replies = await postAll(idsOf(`fallback-${run}`));
    const forged = await site.post('forged', { secret: 'not the secret at all' });

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    expect(forged.status).toBe(401);
    expect(await site.delivered()).toEqual(idsOf(`fallback-${run}`));
    expect(await health()).toMatchObject({ status: 'degraded', secrets: { github: { source: 'fallback' } } });
  });

  it('cold, every delivery is kept in quarantine and delivered in order once it is back; forged ones are not', async () => {
    await start();
    await setVault(fault);
    const ids = idsOf(`cold-${run}`);

    const before = await postAll(ids.slice(0, 12));
    const forged = await site.post(`forged-${run}`, { secret: 'not the secret at all' });
    const after = await postAll(ids.slice(12));
    const during = await site.delivered();
    const seen = await health();
    await comeBack();

    for (const reply of [...before, forged, ...after])
      expect(reply).toMatchObject({ status: 503, json: { code: 'SecretUnavailable', quarantined: true } });
    expect(during).toEqual([]);
    expect(seen).toMatchObject({ quarantine: { pending: 26 } });
    expect(await site.delivered()).toEqual(ids);
    expect(await site.find(`forged-${run}`)).toMatchObject({ archived: false, queued: false, quarantined: false });
    expect(await site.find(ids[0] ?? '')).toMatchObject({ archived: true, quarantined: false });
    expect(await health()).toMatchObject({ quarantine: { pending: 0 } });
  });
});

describe('a vault that throttles for some seconds after a start', () => {
  it('is believed soon after it answers, not at the end of the cool-down, and nothing that came before is lost', async () => {
    await start();
    await setVault({ kind: 'error', status: 429 });
    const ids = ['first', 'second', 'third', 'fourth'].map((id) => `start-${id}`);
    await postAll(ids);
    await setVault({ kind: 'none' });
    site.clock.leap(2_000);

    const next = await site.post('start-fifth', { number: 5 });
    const breaker = await site.breakerState('key-vault');
    await comeBack();

    expect(next.status).toBe(202);
    expect(breaker).toBe('Open');
    expect([...(await site.delivered())].toSorted()).toEqual([...ids, 'start-fifth'].toSorted());
  });
});

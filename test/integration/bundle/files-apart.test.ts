import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { loadFunctionsApp } from '../../support/minimal-functions-core.js';

const root = resolve(import.meta.dirname, '../../..');
const functions = join(root, 'dist/functions');
const read = (file: string): string => readFileSync(join(functions, `${file}.cjs`), 'utf8');

test.each([
  ['shared-breakers', 'circuit-breakers.json', './shared-breakers.cjs'],
  ['bursts', 'acceptNextSession', './bursts.cjs'],
  ['reconcile', 'private-token', './reconcile.cjs'],
])('%s: what is switched off is in a file of its own, which is read when it is on', (file, mark, path) => {
  const always = ['index', 'breakwater'].map(read);

  expect(read(file)).toContain(mark);
  expect(always.filter((text) => text.includes(mark))).toEqual([]);
  expect(always.some((text) => text.includes(path))).toBe(true);
});

/** Nobody listens there. */
const nowhere = {
  AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  PayloadStorage:
    'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/devstoreaccount1;',
  ServiceBus: 'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
  WEBHOOK_SECRET_GITHUB: 'a-secret-for-tests-only',
  ADMIN_TOKEN: 'an-admin-token-for-tests',
};

const coalescing = {
  bots: [
    {
      name: 'latest',
      queue: 'latest',
      events: ['*'],
      ordered: true,
      coalesce: { quietSeconds: 30, maxWaitSeconds: 300 },
    },
  ],
};

/** The files of the package that a process has read which answered requests and ran its timers. */
const filesRead = async (settings: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-read-'));
  try {
    const [preload, list, bots] = ['preload.cjs', 'read.json', 'bots.json'].map((name) => join(folder, name));
    if (preload === undefined || list === undefined || bots === undefined) throw new Error('There are three');
    writeFileSync(bots, JSON.stringify(coalescing));
    writeFileSync(
      preload,
      `process.once('exit', () => require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(Object.keys(require.cache))));`,
    );
    const env = { ...nowhere, NODE_OPTIONS: `--require ${preload}`, ...settings };
    const app = await loadFunctionsApp(join(functions, 'index.cjs'), {
      env: settings['BOTS_CONFIG'] === undefined ? env : { ...env, BOTS_CONFIG: bots },
    });
    await app.invokeHttp('healthDeep', { method: 'GET', url: 'http://localhost/api/health/deep' });
    for (const timer of ['drainOutbox', 'reconcileGithub'])
      if (app.functions.some(({ name }) => name === timer)) await app.invokeData(timer, { data: '{}' });
    await app.close();
    const all: readonly string[] = JSON.parse(readFileSync(list, 'utf8'));
    return all.filter((file) => dirname(file) === functions).map((file) => basename(file, '.cjs'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const optional = ['bursts', 'reconcile', 'shared-breakers'];

test('a process with everything off has read nothing of what can be switched on, and one with it on has', async () => {
  const off = await filesRead({});
  const on = await filesRead({
    BOTS_CONFIG: 'bots.json',
    CircuitBreaker__shared: 'blob',
    GITHUB_RECONCILE_HOOKS: 'app',
    GITHUB_API_URL: 'http://127.0.0.1:1',
  });

  expect(off).toContain('breakwater');
  expect(off.filter((file) => optional.includes(file))).toEqual([]);
  expect(on.filter((file) => optional.includes(file)).toSorted()).toEqual(optional);
}, 120_000);

test('what answers requests has nothing of Azure’s SDKs in it: they are in the file of the clients', () => {
  const holds = (file: string): boolean => read(file).includes('x-ms-client-request-id');

  expect(holds('clients')).toBe(true);
  expect(['index', 'breakwater', 'reconcile', 'shared-breakers', 'bursts'].filter(holds)).toEqual([]);
});

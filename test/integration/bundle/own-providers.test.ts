import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LoadedFunctionsApp, loadFunctionsApp } from '../../support/minimal-functions-core.js';

const root = resolve(import.meta.dirname, '../../..');
const built = join(root, 'dist/functions');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-own-providers-'));
  for (const file of ['host.json', 'bots.json', 'package.json']) copyFileSync(join(root, file), join(folder, file));
  for (const file of ['index.cjs', 'own-providers.cjs']) copyFileSync(join(built, file), join(folder, file));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (providers: string): Promise<LoadedFunctionsApp> =>
  loadFunctionsApp(join(folder, 'index.cjs'), {
    env: {
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
      PayloadStorage: 'UseDevelopmentStorage=true',
      ServiceBus: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
      WEBHOOK_SECRET_GITHUB: 'a-secret-for-tests-only',
      WEBHOOK_SECRET_ACME: 'a-secret-for-tests-only',
      PROVIDERS: providers,
    },
  });

const writeProviders = (providers: unknown): void =>
  writeFileSync(join(folder, 'providers.json'), JSON.stringify({ providers }));

describe('the deployed bundle and providers.json', () => {
  test('a sender that the file describes can be switched on', async () => {
    writeProviders({ acme: { signing: { kind: 'token', header: 'X-Token' }, event: { header: 'X-Event' } } });

    const app = await start('github,acme');

    expect(app.functions.map(({ name }) => name)).toContain('receiveWebhook');
    await app.close();
  });

  test('what every start reads stays below 256 KB', () => {
    expect(statSync(join(built, 'index.cjs')).size).toBeLessThan(256 * 1024);
  });
});

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { httpEndpoints } from '../../../src/composition/endpoints.js';
import { loadFunctionsApp } from '../../support/minimal-functions-core.js';

const root = resolve(import.meta.dirname, '../../..');
const httpNames = httpEndpoints.map(({ name }) => name);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-alone-'));
  for (const file of ['host.json', 'bots.json', 'package.json']) copyFileSync(join(root, file), join(folder, file));
  copyFileSync(join(root, 'dist/functions/index.cjs'), join(folder, 'index.cjs'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the functions are known without the files that answer requests, whose absence a request tells of', async () => {
  const app = await loadFunctionsApp(join(folder, 'index.cjs'), {
    env: {
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
      PayloadStorage: 'UseDevelopmentStorage=true',
      ServiceBus: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
      WEBHOOK_SECRET_GITHUB: 'a-secret-for-tests-only',
    },
  });

  const names = app.functions.map(({ name }) => name);
  const answer = app.invokeHttp('health', { method: 'GET', url: 'http://localhost/api/health' });

  expect(names).toEqual(expect.arrayContaining(httpNames));
  await expect(answer).rejects.toThrow(/breakwater\.cjs/);
  await app.close();
});

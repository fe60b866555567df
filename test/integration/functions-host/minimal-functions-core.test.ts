import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadedFunctionsApp, loadFunctionsApp } from '../../support/minimal-functions-core.js';

const entryFile = fileURLToPath(new URL('../../fixtures/functions-host/echo-esm/index.js', import.meta.url));

describe('minimal functions core', () => {
  let app: LoadedFunctionsApp;

  beforeAll(async () => {
    app = await loadFunctionsApp(entryFile);
  });

  afterAll(() => app.close());

  test('it records what an app registers', () => {
    const echo = app.functions.find(({ name }) => name === 'echo');
    const trigger = Object.values(echo?.bindings ?? {}).find(({ type }) => type === 'httpTrigger');

    expect(app.functions.map(({ name }) => name)).toEqual(['echo', 'failing']);
    expect(trigger).toMatchObject({ route: 'echo/{word}', methods: ['GET', 'POST'], authLevel: 'anonymous' });
  });

  test('it hands a registered function its raw bytes and reads the answer', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);

    const answer = await app.invokeHttp('echo', {
      method: 'POST',
      url: 'http://localhost/api/echo/hello?a=1',
      headers: { 'x-sent': 'yes' },
      params: { word: 'hello' },
      body: bytes,
    });

    expect(answer.status).toBe(201);
    expect(answer.headers['x-word']).toBe('hello');
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      url: 'http://localhost/api/echo/hello?a=1',
      query: { a: '1' },
      header: 'yes',
      body: bytes.toString('base64'),
    });
  });

  test('an app that cannot be loaded is reported with its reason', async () => {
    await expect(loadFunctionsApp(`${entryFile}.missing`)).rejects.toThrow('Cannot find module');
  });

  test('what a handler throws reaches the caller', async () => {
    const invoked = app.invokeHttp('failing', { method: 'GET', url: 'http://localhost/api/failing' });

    await expect(invoked).rejects.toThrow('the handler failed on purpose');
  });
});

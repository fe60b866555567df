import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { fixture, type HostProcess, startHostProcess } from './host-process.js';

const mib = 2 ** 20;

/** The worst body that there is, of nearly so many bytes. */
const zeros = (bytes: number): Buffer => Buffer.from(`{"a":[0${',0'.repeat(Math.floor((bytes - 10) / 2))}]}`);

const settingsSchema = z.object({
  predictedResources: z.array(
    z.object({ type: z.string(), name: z.string(), properties: z.record(z.string(), z.unknown()).optional() }),
  ),
});

/** What a deployment that says nothing sets for the host. */
const deployedSettings = (): Readonly<Record<string, string>> => {
  const path = join(import.meta.dirname, '../../../infra/test/least.snapshot.json');
  const { predictedResources } = settingsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  const found = predictedResources.find(
    ({ type, name }) => type === 'Microsoft.Web/sites/config' && name.endsWith('/appsettings'),
  );
  const of = (name: string): string => String(found?.properties?.[name]);
  return Object.fromEntries(
    ['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT', 'AzureFunctionsJobHost__extensions__http__maxConcurrentRequests'].map(
      (name) => [name, of(name)],
    ),
  );
};

describe('functions host: as an instance of 2,048 MB in Azure', () => {
  let host: HostProcess;

  const start = async (env: Readonly<Record<string, string>>): Promise<void> => {
    host = await startHostProcess({ app: fixture('worker'), args: ['--port', '0', '--as-azure', '2048'], env });
  };

  afterEach(async () => {
    if (host.child.exitCode === null) await host.end();
  });

  const post = (body: Buffer): Promise<number | string> =>
    fetch(`${host.url}/api/pid`, { method: 'POST', body }).then(
      ({ status }) => status,
      () => 'broken off',
    );

  test('two unsigned bodies of 25 MB end the host, and everything that it runs', async () => {
    await start({});

    const answers = await Promise.all([
      post(zeros(25 * mib)),
      post(zeros(25 * mib)),
      fetch(`${host.url}/api/hangs`).catch(() => 'broken off'),
    ]);

    expect(answers).toEqual(['broken off', 'broken off', 'broken off']);
    expect(await host.ended()).toBe(134);
    expect(host.output()).toContain('Out of memory');
  });

  test('nothing that a deployment lets in does: 32 of the largest at once are answered, and 32 larger ones refused', async () => {
    const settings = deployedSettings();
    await start(settings);
    const limit = Number(settings['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT']);
    const crowd = (bytes: number) => Promise.all(Array.from({ length: 32 }, () => post(zeros(bytes))));

    const [largest, larger] = [await crowd(limit), await crowd(limit + 1_024)];

    expect(new Set(largest)).toEqual(new Set([200]));
    expect(new Set(larger)).toEqual(new Set([500]));
    expect(host.child.exitCode).toBeNull();
  });
});

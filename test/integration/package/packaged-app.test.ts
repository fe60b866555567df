import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { collectPackage, writePackage } from '../../../scripts/package.js';
import { signGithub } from '../../support/memory-app.js';

const projectRoot = join(import.meta.dirname, '../../..');
const secret = 'a-secret-for-tests-only';
const body = Buffer.from('{"action":"opened","zen":"Approachable is better than simple."}');
const readyMessage = z.object({ kind: z.literal('functions-host-ready'), url: z.string() });

describe('the package, in an empty folder with no node_modules beside or above it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-packaged-'));
  let storage: BlobStorage;
  let serviceBus: ServiceBusStandIn;
  let host: ChildProcess;
  let url: string;

  beforeAll(async () => {
    writePackage(collectPackage(projectRoot), join(folder, 'app'));
    storage = await startBlobStorage({ port: 0 });
    const bots = [
      { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false, orderBy: 'entity' },
    ] as const;
    serviceBus = await startServiceBus({ port: 0, queues: queueDefinitionsFor(bots) });
    const hostProgram = join(projectRoot, 'dist/local/functions-host.js');
    host = spawn(
      process.execPath,
      [hostProgram, '--app', join(folder, 'app'), '--port', '0', '--state', join(folder, 'state')],
      {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: {
          AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
          PayloadStorage: storage.connectionString,
          ServiceBus: serviceBus.connectionString,
          WEBHOOK_SECRET_GITHUB: secret,
        },
      },
    );
    const [message] = await once(host, 'message');
    url = readyMessage.parse(message).url;
  });

  afterAll(async () => {
    if (host?.exitCode === null) {
      host.kill();
      await once(host, 'exit');
    }
    await serviceBus?.close();
    await storage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const post = (signature: string): Promise<Response> =>
    fetch(`${url}/api/webhooks/github`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'star',
        'x-github-delivery': 'packaged-1',
        'x-hub-signature-256': signature,
      },
      body,
    });

  test('starts, ingests a webhook and refuses a forged one', async () => {
    const accepted = await post(signGithub(body, secret));
    const forged = await post(signGithub(body, 'a-secret-of-somebody-else'));

    expect(accepted.status).toBe(202);
    expect(await accepted.json()).toMatchObject({ id: 'packaged-1', archived: true });
    expect(forged.status).toBe(401);
  });

  test('knows the version that it was packaged as', async () => {
    const { version } = z.object({ version: z.string() }).parse(
      JSON.parse(
        collectPackage(projectRoot)
          .find(({ path }) => path === 'package.json')
          ?.bytes.toString() ?? '',
      ),
    );

    const health = await fetch(`${url}/api/health/deep`);

    expect(await health.json()).toMatchObject({ version });
  });
});

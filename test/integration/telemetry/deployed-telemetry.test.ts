import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { collectPackage, writePackage, zip } from '../../../scripts/package.js';
import { type IngestionEndpoint, startIngestionEndpoint } from '../../support/ingestion-endpoint.js';
import { signGithub } from '../../support/memory-app.js';

const projectRoot = join(import.meta.dirname, '../../..');
const secret = 'a-secret-for-tests-only';
const body = Buffer.from('{"action":"opened","zen":"Approachable is better than simple."}');
const readyMessage = z.object({ kind: z.literal('functions-host-ready'), url: z.string() });
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

const operationOf = (tags: Readonly<Record<string, string>>) => ({
  trace: tags['ai.operation.id'],
  parent: tags['ai.operation.parentId'],
});

interface RunningHost {
  readonly url: string;
  /** Everything it wrote to its standard output and error. */
  output(): string;
  /** As the platform ends an instance. */
  terminate(): Promise<void>;
}

describe('telemetry of the deployed app', () => {
  let folder: string;
  let storage: BlobStorage;
  let serviceBus: ServiceBusStandIn;
  let endpoint: IngestionEndpoint;
  let host: ChildProcess | undefined;

  beforeAll(async () => {
    storage = await startBlobStorage({ port: 0 });
    const bots = [
      { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false, orderBy: 'entity' },
    ] as const;
    serviceBus = await startServiceBus({ port: 0, queues: queueDefinitionsFor(bots) });
    endpoint = await startIngestionEndpoint();
  });

  afterAll(async () => {
    await endpoint?.close();
    await serviceBus?.close();
    await storage?.close();
  });

  beforeEach(() => {
    endpoint.clear();
    folder = mkdtempSync(join(tmpdir(), 'breakwater-telemetry-'));
    writePackage(collectPackage(projectRoot), join(folder, 'app'));
  });

  afterEach(() => {
    host?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (environment: Readonly<Record<string, string>>): Promise<RunningHost> => {
    const program = join(projectRoot, 'dist/local/functions-host.js');
    const options = ['--app', join(folder, 'app'), '--port', '0', '--state', join(folder, 'state')];
    const started = spawn(process.execPath, [program, ...options], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
        PayloadStorage: storage.connectionString,
        ServiceBus: serviceBus.connectionString,
        WEBHOOK_SECRET_GITHUB: secret,
        APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
        NODE_EXTRA_CA_CERTS: endpoint.caFile,
        ...environment,
      },
    });
    host = started;
    let output = '';
    for (const stream of [started.stdout, started.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    const [message] = await once(started, 'message');
    return {
      url: readyMessage.parse(message).url,
      output: () => output,
      async terminate() {
        started.kill('SIGTERM');
        await once(started, 'exit');
      },
    };
  };

  const post = (url: string): Promise<Response> =>
    fetch(`${url}/api/webhooks/github`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'star',
        'x-github-delivery': 'telemetry-1',
        'x-hub-signature-256': signGithub(body, secret),
        traceparent,
      },
      body,
    });

  /** The trace context of the one message that waits for the bot. */
  const takeMessageTrace = async (): Promise<readonly unknown[]> => {
    const client = new ServiceBusClient(serviceBus.connectionString);
    try {
      const receiver = client.createReceiver('bot-notifier', { receiveMode: 'receiveAndDelete' });
      const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
      const { traceparent: own, 'Diagnostic-Id': diagnosticId } = message?.applicationProperties ?? {};
      return [own, diagnosticId];
    } finally {
      await client.close();
    }
  };

  const on = () => ({ APPLICATIONINSIGHTS_CONNECTION_STRING: endpoint.connectionString });

  test('an instance that is ended right after its first webhook has sent all it had to tell, in the trace of the message', async () => {
    const running = await start(on());

    const reply = await post(running.url);
    const beforeTheEnd = endpoint.requests;
    await running.terminate();

    expect([reply.status, beforeTheEnd]).toEqual([202, 0]);
    const [event] = endpoint.events('webhook.accepted');
    const requestSpan = event?.tags['ai.operation.parentId'];
    expect(event?.data.baseData.properties['id']).toBe('telemetry-1');
    expect(event?.tags['ai.operation.id']).toBe(traceId);
    const calls = endpoint.dependencies().map(({ data, tags }) => ({ name: data.baseData.name, ...operationOf(tags) }));
    expect(calls.toSorted((a, b) => String(a.name).localeCompare(String(b.name)))).toEqual([
      { name: 'archive', trace: traceId, parent: requestSpan },
      { name: 'route', trace: traceId, parent: requestSpan },
    ]);
    const inMessage = `00-${traceId}-${requestSpan}-01`;
    expect(await takeMessageTrace()).toEqual([inMessage, inMessage]);
    expect(endpoint.text()).not.toContain('Approachable');
  });

  test('the SDK is not read before or during the first answer, and its absence fails nothing', async () => {
    rmSync(join(folder, 'app/dist/functions/telemetry.cjs'));
    const running = await start(on());

    const reply = await post(running.url);
    const outputThen = running.output();
    await running.terminate();

    expect(reply.status).toBe(202);
    expect(outputThen).not.toContain('telemetry.failed');
    expect(running.output()).toContain('telemetry.failed');
  });

  test('without a connection string it is off: said once, loaded never, and nothing is sent', async () => {
    rmSync(join(folder, 'app/dist/functions/telemetry.cjs'));
    const running = await start({});

    const reply = await post(running.url);
    await running.terminate();

    expect(reply.status).toBe(202);
    expect(running.output().split('telemetry.off')).toHaveLength(2);
    expect(running.output()).not.toContain('telemetry.failed');
    expect(endpoint.requests).toBe(0);
  });

  test('the package with the SDK stays below 6 MB', () => {
    expect(zip(collectPackage(projectRoot)).length).toBeLessThan(6 * 1024 * 1024);
  });
});

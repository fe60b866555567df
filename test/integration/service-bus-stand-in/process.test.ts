import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { clientOf } from './stand-in.js';

const connectionStringOf = (port: unknown) =>
  `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=local;UseDevelopmentEmulator=true`;

async function startProcess(directory: string) {
  const outfile = join(directory, 'stand-in.mjs');
  const entry = join(import.meta.dirname, 'stand-in-process.ts');
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', banner: { js: banner } });
  const child = fork(outfile, [join(directory, 'state')], { stdio: 'inherit', execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = await once(child, 'message');
  return { child, port };
}

test('service bus: closed with clients connected, it lets its process end', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'service-bus-closed-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const { child, port } = await startProcess(directory);
  const client = new ServiceBusClient(connectionStringOf(port));
  onTestFinished(() => client.close());
  await client.createSender('plain').sendMessages({ body: 1 });
  const startedMs = performance.now();

  child.send('close');
  const [exitCode] = await once(child, 'exit');

  expect(exitCode).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(30_000);
});

test('service bus: killed in the middle of a burst, it has every message that was settled', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'service-bus-killed-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const { child, port } = await startProcess(directory);
  const client = new ServiceBusClient(connectionStringOf(port), { retryOptions: { maxRetries: 0, timeoutInMs: 1000 } });
  onTestFinished(() => client.close());
  const sender = client.createSender('plain');
  const settled: string[] = [];
  const send = async (messageId: string) => {
    await sender.sendMessages({ messageId, body: Buffer.alloc(1000, messageId) });
    settled.push(messageId);
  };
  await send('first');

  const burst = Promise.allSettled(Array.from({ length: 900 }, (_, n) => send(`${n}`)));
  await expect.poll(() => settled.length, { interval: 1 }).toBeGreaterThan(50);
  child.kill('SIGKILL');
  await burst;
  const queues = [queueDefinition('plain')];
  const restarted = await startServiceBus({ port: 0, queues, stateDirectory: join(directory, 'state') });
  onTestFinished(() => restarted.close());
  const receiver = clientOf(restarted).createReceiver('plain', { skipParsingBodyAsJson: true });
  const kept = await receiver.receiveMessages(901, { maxWaitTimeInMs: 1000 });

  const bodies = new Map(kept.map(({ messageId, body }) => [messageId, body] as const));
  expect(settled.filter((messageId) => !bodies.has(messageId))).toEqual([]);
  for (const messageId of settled) expect(bodies.get(messageId)).toEqual(Buffer.alloc(1000, messageId));
  expect(kept.length).toBe(bodies.size);
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SecretClient } from '@azure/keyvault-secrets';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { blobConnectionString } from '../../../local/blob-storage/blob-connection-string.js';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { type ErrorStatus, errorStatuses } from '../../../local/faults/fault.js';
import { serviceBusErrors } from '../../../local/faults/service-bus-errors.js';
import { type FaultProxy, startFaultProxy } from '../../../local/faults/start-fault-proxy.js';
import { startStorageErrors } from '../../../local/faults/start-storage-errors.js';
import { startKeyVault } from '../../../local/key-vault/start-key-vault.js';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { createEmulatorCredential } from '../../../src/secrets/emulator-credential.js';
import { notifier } from '../../support/memory-app.js';

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );

const cleanups: (() => Promise<unknown>)[] = [];
let proxy: FaultProxy;

const setError = (status: ErrorStatus): Promise<void> => proxy.setFault({ kind: 'error', status });

afterEach(() => proxy.setFault({ kind: 'none' }));

afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('Blob Storage that answers with errors', () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  const container = () =>
    BlobServiceClient.fromConnectionString(blobConnectionString(proxy.port), {
      retryOptions: { maxTries: 1 },
    }).getContainerClient('webhook-payloads');

  /** An unsigned request on the one connection there is. */
  const ask = (body: string): Promise<{ readonly status: number; readonly text: string; readonly reused: boolean }> =>
    new Promise((done, reject) => {
      const call = request({ agent, method: 'PUT', port: proxy.port, path: '/devstoreaccount1/c/b' }, async (reply) =>
        done({ status: reply.statusCode ?? 0, text: await text(reply), reused: call.reusedSocket }),
      );
      call.on('error', reject).end(body);
    });

  beforeAll(async () => {
    const storage = await startBlobStorage({ port: 0 });
    const errors = await startStorageErrors();
    proxy = await startFaultProxy({ name: 'blob-storage', listenPort: 0, targetPort: storage.port, errors });
    cleanups.push(
      storage.close,
      () => proxy.close(),
      async () => agent.destroy(),
    );
    await container().create();
  });

  test.each(
    errorStatuses,
  )('the SDK sees a real %i with an error code, and the service again once it is over', async (status) => {
    await setError(status);
    const failed = await failureOf(container().getBlockBlobClient('a.json').upload('{}', 2));
    await proxy.setFault({ kind: 'none' });

    expect(failed).toMatchObject({
      name: 'RestError',
      statusCode: status,
      code: expect.stringMatching(
        /^(NoAuthenticationInformation|AuthorizationFailure|ContainerNotFound|TooManyRequests|InternalError|ServerBusy)$/,
      ),
      message: expect.stringMatching(/RequestId:[0-9a-f-]{36}/),
    });
    await expect(container().getBlockBlobClient(`${status}.json`).upload('{}', 2)).resolves.toBeDefined();
  });

  test('one connection carries requests before, during and after, each answered by whoever it is for', async () => {
    const before = await ask('before');
    await setError(500);
    const during = [await ask('during'), await ask('x'.repeat(1_000_000))];
    await setError(429);
    const other = await ask('during');
    await proxy.setFault({ kind: 'none' });
    const after = await ask('after');

    const replies = [before, ...during, other, after];
    expect(replies.map(({ status }) => status)).toEqual([400, 500, 500, 429, 400]);
    expect(replies.slice(1).every(({ reused }) => reused)).toBe(true);
    expect(during[0]?.text).toContain('<Code>InternalError</Code>');
    expect(after.text).not.toContain('<Code>InternalError</Code>');
  });
});

describe('Service Bus that answers with errors', () => {
  let client: ServiceBusClient;

  const send = (connection = client) =>
    connection.createSender(notifier.queue).sendMessages({ body: Buffer.from('{}') });

  const connect = () =>
    new ServiceBusClient(
      `Endpoint=sb://127.0.0.1:${proxy.port};SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true`,
      { retryOptions: { maxRetries: 0 } },
    );

  beforeAll(async () => {
    const standIn = await startServiceBus({ port: 0, queues: queueDefinitionsFor([notifier]) });
    const errors = serviceBusErrors(standIn);
    proxy = await startFaultProxy({ name: 'service-bus', listenPort: 0, targetPort: standIn.port, errors });
    client = connect();
    cleanups.push(
      standIn.close,
      () => proxy.close(),
      () => client.close(),
    );
  });

  test.each([
    [503, { code: 'ServiceBusy', retryable: true }],
    [429, { code: 'ServiceBusy', retryable: true }],
    [500, { code: 'GeneralError', retryable: true }],
    [404, { code: 'MessagingEntityNotFound', retryable: false }],
  ] as const)('%i: the SDK sees the condition, and the service again once it is over', async (status, failure) => {
    await setError(status);
    const failed = await failureOf(send());
    await proxy.setFault({ kind: 'none' });

    expect(failed).toMatchObject(failure);
    await expect(send()).resolves.toBeUndefined();
  });

  test.each([401, 403] as const)('%i: who has sent before is refused on the link that is open', async (status) => {
    await send();
    await setError(status);
    const failed = await failureOf(send());
    await proxy.setFault({ kind: 'none' });

    expect(failed).toMatchObject({ code: 'UnauthorizedAccess' });
    await expect(send()).resolves.toBeUndefined();
  });

  test.each([401, 403] as const)('%i: who connects anew is refused', async (status) => {
    await setError(status);
    const fresh = connect();
    const failed = await failureOf(send(fresh));
    await fresh.close();

    expect(failed).toMatchObject({ code: 'UnauthorizedAccess' });
  });
});

describe('Key Vault that answers with errors', () => {
  let client: SecretClient;

  beforeAll(async () => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'breakwater-vault-'));
    const vault = await startKeyVault({ port: 0, stateDirectory, initialSecrets: { one: 'a secret' } });
    const { port, setErrorStatus } = vault;
    proxy = await startFaultProxy({ name: 'key-vault', listenPort: 0, targetPort: port, errors: { setErrorStatus } });
    cleanups.push(
      () => rm(stateDirectory, { recursive: true }),
      vault.close,
      () => proxy.close(),
    );
    client = new SecretClient(`https://127.0.0.1:${proxy.port}`, createEmulatorCredential(), {
      disableChallengeResourceVerification: true,
      retryOptions: { maxRetries: 0 },
      tlsOptions: { ca: await readFile(vault.caFile, 'utf8') },
    });
  });

  test.each(errorStatuses)('the SDK sees a real %i, and the service again once it is over', async (status) => {
    await setError(status);
    const failed = await failureOf(client.getSecret('one'));
    await proxy.setFault({ kind: 'none' });

    expect(failed).toMatchObject({ name: 'RestError', statusCode: status });
    await expect(client.getSecret('one')).resolves.toMatchObject({ value: 'a secret' });
  });
});

test('a proxy that nothing answers with errors for says so', async () => {
  const plain = await startFaultProxy({ name: 'plain', listenPort: 0, targetPort: 1 });

  expect(() => plain.setFault({ kind: 'error', status: 503 })).toThrow(TypeError);
  await plain.close();
});

import { BlobServiceClient, type BlockBlobClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blobConnectionString } from '../../../local/blob-storage/blob-connection-string.js';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { type FaultProxy, startFaultProxy } from '../../../local/faults/start-fault-proxy.js';

const payload = Buffer.alloc(300_000, 'x');

let storage: BlobStorage;
let proxy: FaultProxy;
let container: ContainerClient;
let lastBlob = 0;

const newBlob = (): BlockBlobClient => {
  lastBlob += 1;
  return container.getBlockBlobClient(`github/${lastBlob}.json`);
};

const upload = (blob: BlockBlobClient, abortSignal = new AbortController().signal) =>
  blob.upload(payload, payload.length, { abortSignal });

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );

beforeAll(async () => {
  storage = await startBlobStorage({ port: 0 });
  proxy = await startFaultProxy({ name: 'blob-storage', listenPort: 0, targetPort: storage.port });
  const options = { retryOptions: { maxTries: 3, retryDelayInMs: 10 } };
  container = BlobServiceClient.fromConnectionString(blobConnectionString(proxy.port), options).getContainerClient(
    'webhook-payloads',
  );
  await container.create();
});

afterAll(async () => {
  await proxy.close();
  await storage.close();
});

beforeEach(() => proxy.setFault({ kind: 'none' }));

describe('faults before Blob Storage, seen by the SDK', () => {
  test('blob storage behind a proxy: works as it does without one', async () => {
    const blob = newBlob();
    await upload(blob);

    expect((await blob.downloadToBuffer()).equals(payload)).toBe(true);
  });

  test.each([
    [{ kind: 'refuse' }, { code: expect.stringMatching(/ECONNREFUSED|ECONNRESET|EPIPE/) }],
    [{ kind: 'reset' }, { code: expect.stringMatching(/ECONNRESET|EPIPE/) }],
    [{ kind: 'drop-after', bytes: 100_000 }, { code: expect.stringMatching(/ECONNRESET|EPIPE/) }],
    [{ kind: 'hang' }, { name: 'AbortError' }],
  ] as const)('blob storage behind a proxy: %j fails the upload, leaves nothing, and is forgotten once it is over', async (fault, failure) => {
    const blob = newBlob();
    await proxy.setFault(fault);

    const failed = await failureOf(upload(blob, fault.kind === 'hang' ? AbortSignal.timeout(500) : undefined));
    await proxy.setFault({ kind: 'none' });

    expect(failed).toMatchObject(failure);
    expect(await blob.exists()).toBe(false);
    await expect(upload(blob)).resolves.toMatchObject({ _response: { status: 201 } });
  });

  test('blob storage behind a proxy: slow makes it slow, and nothing worse', async () => {
    const blob = newBlob();
    await proxy.setFault({ kind: 'slow', delayMs: 300 });

    const startedMs = performance.now();
    await upload(blob);
    const tookMs = performance.now() - startedMs;
    await proxy.setFault({ kind: 'none' });

    expect(tookMs).toBeGreaterThanOrEqual(299);
    expect((await blob.downloadToBuffer()).equals(payload)).toBe(true);
  });
});

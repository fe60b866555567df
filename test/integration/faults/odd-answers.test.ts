import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import { SecretClient } from '@azure/keyvault-secrets';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, describe, expect, it } from 'vitest';
import { blobConnectionString } from '../../../local/blob-storage/blob-connection-string.js';
import { createBlobPayloadArchive } from '../../../src/archive/blob-payload-archive.js';
import { classifyArchiveError } from '../../../src/archive/classify-archive-error.js';
import { createMakeBlob } from '../../../src/archive/make-blob.js';
import { classifyQueueError } from '../../../src/routing/classify-queue-error.js';
import { createServiceBusEventQueue } from '../../../src/routing/service-bus-event-queue.js';
import { classifySecretError } from '../../../src/secrets/classify-secret-error.js';
import { createKeyVaultSecretStore } from '../../../src/secrets/key-vault-secret-store.js';
import { systemClock } from '../../../src/time/clock.js';
import { samplePayload } from '../../unit/archive/sample-payload.js';

const signInPage = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome</body></html>';
const closing: (() => unknown)[] = [];
const within = () => AbortSignal.timeout(20_000);

const serve = async (answer: RequestListener): Promise<number> => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const { port } = server.address() satisfies AddressInfo | string | null as AddressInfo;
  return port;
};

const servePage = () =>
  serve((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(signInPage));

const serveRedirect = async () => {
  const location = `http://127.0.0.1:${await servePage()}/sign-in`;
  return serve((_, response) => response.writeHead(307, { location }).end());
};

const whatIsThrown = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (answer) => Promise.reject(new Error(`It was taken for an answer: ${JSON.stringify(answer)}`)),
    (thrown: unknown) => thrown,
  );

const putAt = (connectionString: string): Promise<unknown> => {
  const retries = { maxTries: 1, retryDelayInMs: 1, maxRetryDelayInMs: 1 };
  const service = BlobServiceClient.fromConnectionString(connectionString, { retryOptions: retries });
  const makeBlob = createMakeBlob({ retries, clock: systemClock });
  const archive = createBlobPayloadArchive(service.getContainerClient('webhook-payloads'), makeBlob);
  return whatIsThrown(archive.put(samplePayload(), within()));
};

const sendTo = (host: string): Promise<unknown> => {
  const connectionString = `Endpoint=sb://${host};SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true`;
  const client = new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0 } });
  const queue = createServiceBusEventQueue(() => client, systemClock);
  closing.push(() => queue.close());
  const facts = { messageId: 'm', correlationId: 'c', subject: 's', contentType: 'application/json' };
  const message = { ...facts, body: Buffer.from('{}'), applicationProperties: {} };
  return whatIsThrown(queue.send('bot-notifier', message, within()));
};

const readAt = (answer: {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}): Promise<unknown> => {
  const headers = createHttpHeaders({ 'content-type': answer.type, location: 'https://proxy.invalid/sign-in' });
  const client = new SecretClient(
    'https://vault.invalid',
    { getToken: async () => ({ token: 'any', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
    {
      retryOptions: { maxRetries: 0 },
      additionalPolicies: [
        {
          position: 'perRetry',
          policy: {
            name: 'something-else-answers',
            sendRequest: async (request) => ({ request, status: answer.status, headers, bodyAsText: answer.body }),
          },
        },
      ],
    },
  );
  return whatIsThrown(createKeyVaultSecretStore(async () => client, systemClock).liveVersions('github', within()));
};

describe('what answers in place of a dependency', () => {
  afterAll(async () => {
    for (const close of closing) await close();
  });

  it.each([
    {
      what: 'a sign-in page',
      put: async () => putAt(blobConnectionString(await servePage())),
      reason: 'unexpected-answer',
    },
    {
      what: 'a redirect',
      put: async () => putAt(blobConnectionString(await serveRedirect())),
      reason: 'unexpected-answer',
    },
    {
      what: 'a server without TLS',
      put: async () => putAt(blobConnectionString(await servePage()).replaceAll('http', 'https')),
      reason: 'certificate',
    },
    {
      what: 'no name server',
      put: () => putAt(blobConnectionString(1).replaceAll('127.0.0.1', 'no-such-host.invalid')),
      reason: 'host-not-found',
    },
  ])('Blob Storage: $what is never taken for a stored payload, and is called $reason', async ({ put, reason }) => {
    expect(classifyArchiveError(await put())).toMatchObject({ verdict: 'failure', reason });
  });

  it.each([
    { what: 'a sign-in page', answer: { status: 200, type: 'text/html', body: signInPage } },
    { what: 'a page that says it is JSON', answer: { status: 200, type: 'application/json', body: signInPage } },
    { what: 'other JSON', answer: { status: 200, type: 'application/json', body: '{}' } },
    { what: 'a redirect', answer: { status: 302, type: 'text/html', body: '' } },
  ])('Key Vault: $what is never taken for a vault without the secret', async ({ answer }) => {
    expect(classifySecretError(await readAt(answer))).toMatchObject({
      verdict: 'failure',
      reason: 'unexpected-answer',
    });
  });

  it('Service Bus: what speaks HTTP is an unexpected answer, a name that nobody knows is not found', async () => {
    const port = await servePage();

    expect(classifyQueueError(await sendTo(`127.0.0.1:${port}`))).toMatchObject({
      verdict: 'failure',
      reason: 'unexpected-answer',
    });
    expect(classifyQueueError(await sendTo('no-such-host.invalid'))).toMatchObject({
      verdict: 'failure',
      reason: 'host-not-found',
    });
  });
});

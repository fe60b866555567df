import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { type BlobItem, BlobServiceClient, ContainerClient, ContainerSASPermissions } from '@azure/storage-blob';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { loadVaultCertificate } from '../../../local/key-vault/vault-certificate.js';
import type { MakeBlob, NewBlob } from '../../../src/archive/blob-container.js';
import { storageErrorCode } from '../../../src/archive/classify-archive-error.js';
import { createMakeBlob } from '../../../src/archive/make-blob.js';
import { systemClock } from '../../../src/time/clock.js';
import { LeapingClock } from '../../support/leaping-clock.js';

const never = new AbortController().signal;
const aMinuteMs = 60_000;
const halfAnHourMs = 30 * aMinuteMs;

const makerWith = ({ maxTries = 1, clock = systemClock } = {}): MakeBlob =>
  createMakeBlob({ retries: { maxTries, retryDelayInMs: 1, maxRetryDelayInMs: 1 }, clock });

const newBlob = (changes: Partial<NewBlob> = {}): NewBlob => ({
  name: `github/2026/01/31/${randomUUID()}.json`,
  body: Buffer.from('{"zen":"Design for failure."}'),
  contentType: 'application/json; charset=utf-8',
  metadata: { id: 'one', sha256: 'a1' },
  ...changes,
});

/** What a service was asked, first request first; answers with `statuses` in their order, the last one for ever. */
interface Recorder {
  readonly port: number;
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

const record = async (statuses: readonly number[], start: (answer: RequestListener) => Server): Promise<Recorder> => {
  const requests: IncomingMessage[] = [];
  const server = start((request, response) => {
    const status = statuses[Math.min(requests.length, statuses.length - 1)] ?? 201;
    requests.push(request);
    request.resume().once('end', () => (status === 0 ? request.socket.destroy() : response.writeHead(status).end()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
  return { port, requests, close };
};

const accountAt = (port: number): ContainerClient =>
  BlobServiceClient.fromConnectionString(
    `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:${port}/a`,
  ).getContainerClient('payloads');

const queryOf = ({ url = '' }: IncomingMessage): URLSearchParams => new URL(url, 'http://127.0.0.1').searchParams;

describe('make blob', () => {
  const connectionString = inject('blobConnectionString');
  let recorder: Recorder | undefined;

  afterEach(async () => {
    await recorder?.close();
    recorder = undefined;
  });

  const newContainer = async (): Promise<ContainerClient> => {
    const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(`c-${randomUUID()}`);
    await container.create();
    return container;
  };

  const onlyBlobOf = async (container: ContainerClient): Promise<BlobItem | undefined> => {
    for await (const blob of container.listBlobsFlat({ includeMetadata: true })) return blob;
    return undefined;
  };

  it('make blob: what lies there is what the client of the SDK would have put', async () => {
    const blob = newBlob();
    const [ours, theirs] = [await newContainer(), await newContainer()];

    const url = await makerWith()(ours, blob, never);
    await theirs.getBlockBlobClient(blob.name).upload(blob.body, blob.body.length, {
      blobHTTPHeaders: { blobContentType: blob.contentType },
      metadata: { ...blob.metadata },
    });

    const made = await onlyBlobOf(ours);
    expect(made?.metadata).toEqual(blob.metadata);
    expect(withoutTimes(made)).toEqual(withoutTimes(await onlyBlobOf(theirs)));
    expect(url).toBe(ours.getBlobClient(blob.name).url);
    expect(await ours.getBlobClient(blob.name).downloadToBuffer()).toEqual(blob.body);
  });

  it('make blob: a taken name is said to be taken, and keeps what it had', async () => {
    const container = await newContainer();
    const blob = newBlob();
    await makerWith()(container, blob, never);

    const second = makerWith()(container, { ...blob, body: Buffer.from('other') }, never);

    await expect(second).rejects.toSatisfy((thrown) => storageErrorCode(thrown) === 'BlobAlreadyExists');
    expect(await container.getBlobClient(blob.name).downloadToBuffer()).toEqual(blob.body);
  });

  it('make blob: an account key signs no request, but an hour in which blobs may be made, renewed after half of it', async () => {
    recorder = await record([201], createServer);
    const clock = new LeapingClock();
    const make = makerWith({ clock });
    const container = accountAt(recorder.port);

    await make(container, newBlob(), never);
    clock.leap(halfAnHourMs - aMinuteMs);
    await make(container, newBlob(), never);
    clock.leap(aMinuteMs);
    await make(container, newBlob(), never);

    const [first, second, third] = recorder.requests.map(queryOf);
    expect(first?.get('sp')).toBe('cw');
    expect(first?.get('sr')).toBe('c');
    const minutes = (Date.parse(first?.get('se') ?? '') - systemClock.epochMs()) / aMinuteMs;
    expect(minutes).toBeGreaterThan(58);
    expect(minutes).toBeLessThanOrEqual(60);
    expect(second?.get('sig')).toBe(first?.get('sig'));
    expect(Date.parse(third?.get('se') ?? '') - Date.parse(first?.get('se') ?? '')).toBeGreaterThanOrEqual(
      halfAnHourMs,
    );
    expect(recorder.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined]);
  });

  it('make blob: what an account key signed is good at the service, after half an hour too', async () => {
    const container = await newContainer();
    const clock = new LeapingClock();
    const make = makerWith({ clock });
    await make(container, newBlob(), never);
    clock.leap(halfAnHourMs);

    await expect(make(container, newBlob(), never)).resolves.toContain(container.url);
  });

  it('make blob: a token of the connection string goes with each request and into no URL that is told', async () => {
    const container = await newContainer();
    const permissions = ContainerSASPermissions.parse('cw');
    const url = await container.generateSasUrl({ permissions, expiresOn: new Date('2099-01-01') });

    await expect(makerWith()(new ContainerClient(url), newBlob({ name: 'a/b.json' }), never)).resolves.toBe(
      `${container.url}/a/b.json`,
    );
  });

  it('make blob: an identity brings its token in the header and nothing in the URL', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'make-blob-'));
    const { cert, key, caFile } = await loadVaultCertificate(folder, systemClock.epochMs());
    const trusted = tls.getCACertificates('default');
    tls.setDefaultCACertificates([...trusted, await readFile(caFile, 'utf8')]);
    recorder = await record([201], (answer) => createTlsServer({ cert, key }, answer));
    const asked: (string | string[])[] = [];
    const credential = {
      getToken: async (scope: string | string[]) => {
        asked.push(scope);
        return { token: 'the-token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER };
      },
    };

    await makerWith()(
      new ContainerClient(`https://127.0.0.1:${recorder.port}/a/payloads`, credential),
      newBlob({ name: 'a.json' }),
      never,
    );

    tls.setDefaultCACertificates(trusted);
    await rm(folder, { recursive: true });
    expect(asked.flat()).toEqual(['https://storage.azure.com/.default']);
    expect(recorder.requests[0]?.headers.authorization).toBe('Bearer the-token');
    expect(recorder.requests[0]?.url).toBe('/a/payloads/a.json');
  });

  it('make blob: goes through the proxy that the environment names', async () => {
    recorder = await record([201], createServer);
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${recorder.port}`);

    await makerWith()(new ContainerClient('http://storage.invalid/payloads'), newBlob({ name: 'a.json' }), never);

    vi.unstubAllEnvs();
    expect(recorder.requests.map(({ url }) => url)).toEqual(['http://storage.invalid/payloads/a.json']);
  });

  it('make blob: many at once share no more than 128 connections', async () => {
    recorder = await record([201], createServer);
    const container = accountAt(recorder.port);
    const make = makerWith();

    await Promise.all(Array.from({ length: 300 }, () => make(container, newBlob(), never)));

    expect(recorder.requests).toHaveLength(300);
    expect(new Set(recorder.requests.map(({ socket }) => socket)).size).toBe(128);
  });

  it.each([
    { what: 'a service that is busy', first: 503 },
    { what: 'an internal error', first: 500 },
    { what: 'a connection that breaks', first: 0 },
  ])('make blob: $what is asked once more', async ({ first }) => {
    recorder = await record([first, 201], createServer);

    await makerWith({ maxTries: 2 })(accountAt(recorder.port), newBlob(), never);

    expect(recorder.requests).toHaveLength(2);
  });

  it.each([403, 404, 409, 412])('make blob: a refusal by %i is final', async (status) => {
    recorder = await record([status, 201], createServer);

    await expect(makerWith({ maxTries: 3 })(accountAt(recorder.port), newBlob(), never)).rejects.toMatchObject({
      statusCode: status,
    });
    expect(recorder.requests).toHaveLength(1);
  });

  it('make blob: the last of its tries is the last', async () => {
    recorder = await record([503], createServer);

    await expect(makerWith({ maxTries: 3 })(accountAt(recorder.port), newBlob(), never)).rejects.toMatchObject({
      statusCode: 503,
    });
    expect(recorder.requests).toHaveLength(3);
  });
});

/** What two uploads of the same have in common. */
const withoutTimes = (blob: BlobItem | undefined) => {
  const { etag: _, ...properties } = blob?.properties ?? {};
  const lasting = Object.entries(properties).filter(([, value]) => !(value instanceof Date));
  return { name: blob?.name, metadata: blob?.metadata, properties: Object.fromEntries(lasting) };
};

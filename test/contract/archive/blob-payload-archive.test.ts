import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { BlobServiceClient, ContainerClient, ContainerSASPermissions } from '@azure/storage-blob';
import { describe, expect, inject, it } from 'vitest';
import type { ContainerSource } from '../../../src/archive/blob-container.js';
import { createBlobPayloadArchive } from '../../../src/archive/blob-payload-archive.js';
import { createMakeBlob } from '../../../src/archive/make-blob.js';
import type { PayloadArchive } from '../../../src/archive/payload-archive.js';
import { systemClock } from '../../../src/time/clock.js';
import { settled } from '../../support/until.js';
import { samplePayload } from '../../unit/archive/sample-payload.js';
import { describePayloadArchive } from './payload-archive-contract.js';

const never = new AbortController().signal;
const oneTry = { retryOptions: { maxTries: 1 } };

const impatient = { maxTries: 1, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };

const archiveOn = (source: ContainerSource, retries = impatient): PayloadArchive =>
  createBlobPayloadArchive(source, createMakeBlob({ retries, clock: systemClock }));

const containerOf = (connectionString: string): ContainerClient =>
  BlobServiceClient.fromConnectionString(connectionString, oneTry).getContainerClient(`c-${randomUUID()}`);

const blobEndpoint = /BlobEndpoint=(http:\/\/[^;/]+)/;

const connectionString = inject('blobConnectionString');

const redirected = (port: number): string =>
  connectionString.replace(blobEndpoint, `BlobEndpoint=http://127.0.0.1:${port}`);

describePayloadArchive('Blob Storage', async () => {
  const container = containerOf(connectionString);
  return { archive: archiveOn(async () => container), close: async () => {} };
});

describe('blob archive', () => {
  it('blob archive: what the URL says is the blob itself, without a SAS token', async () => {
    const container = containerOf(connectionString);
    await container.create();
    const permissions = ContainerSASPermissions.parse('racw');
    const url = await container.generateSasUrl({ permissions, expiresOn: new Date('2099-01-01') });
    const archive = archiveOn(new ContainerClient(url));

    const archived = await archive.put(samplePayload(), never);

    expect(archived.url).toBe(`${container.url}/${archived.name}`);
  });

  it('blob archive: a leased blob is there already: the same bytes are no failure, others lie beside it', async () => {
    const container = containerOf(connectionString);
    await container.create();
    const archive = archiveOn(container);
    const payload = samplePayload();
    const first = await archive.put(payload, never);
    const other = samplePayload({ body: Buffer.from('{"other":1}'), attributes: { correlationid: 'other' } });
    const beside = await archive.put(other, never);
    for (const { name } of [first, beside]) await container.getBlobClient(name).getBlobLeaseClient().acquireLease(-1);

    const again = { ...payload, attributes: { ...payload.attributes, correlationid: 'again' } };
    const otherAgain = { ...other, attributes: { ...other.attributes, correlationid: 'other again' } };

    expect(await archive.put(again, never)).toEqual({ ...first, duplicate: true, conflict: false });
    expect(await archive.put(otherAgain, never)).toEqual({ ...beside, duplicate: true, conflict: true });
    const third = await archive.put(samplePayload({ body: Buffer.from('{"third":1}') }), never);
    expect(third).toMatchObject({ duplicate: false, conflict: true });
    expect((await archive.read(first.name, never))?.body.equals(payload.body)).toBe(true);
  });

  it('blob archive: where the identity may write blobs only, a missing container is said to be missing', async () => {
    const container = containerOf(connectionString);
    const permissions = ContainerSASPermissions.parse('racw');
    const url = await container.generateSasUrl({ permissions, expiresOn: new Date('2099-01-01') });
    const archive = archiveOn(new ContainerClient(url));

    await expect(archive.put(samplePayload(), never)).rejects.toMatchObject({ code: 'container-missing' });
  });

  it('blob archive: a container deleted meanwhile is made again', async () => {
    const container = containerOf(connectionString);
    const archive = archiveOn(container);
    await archive.put(samplePayload(), never);
    await container.delete();

    const archived = await archive.put(samplePayload(), never);

    expect(await archive.read(archived.name, never)).toBeDefined();
  });

  it('blob archive: a wrong key is refused as unauthorized', async () => {
    const wrongKey = connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${Buffer.alloc(64).toString('base64')}`);
    const archive = archiveOn(containerOf(wrongKey));

    await expect(archive.put(samplePayload(), never)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('blob archive: a client that cannot be made is the error of the archive', async () => {
    const archive = archiveOn(() => Promise.reject(new Error('no credential')));

    await expect(archive.put(samplePayload(), never)).rejects.toMatchObject({
      name: 'ArchiveError',
      code: 'unexpected',
    });
  });

  it('blob archive: nothing listening is unavailable', async () => {
    const closed = await listen(() => {});
    await closed.close();
    const archive = archiveOn(containerOf(redirected(closed.port)));

    await expect(archive.put(samplePayload(), never)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('blob archive: a connection cut in the middle is unavailable', async () => {
    const cutting = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const archive = archiveOn(containerOf(redirected(cutting.port)));

    await expect(archive.put(samplePayload(), never)).rejects.toMatchObject({ code: 'unavailable' });
    await cutting.close();
  });

  it('blob archive: a service that never answers is left at the abort, at once, retries or not', async () => {
    const silent = await listen(() => {});
    const patient = { maxTries: 5, retryDelayInMs: 60_000, maxRetryDelayInMs: 60_000 };
    const archive = archiveOn(containerOf(redirected(silent.port)), patient);
    const controller = new AbortController();

    const answer = archive.put(samplePayload(), controller.signal);
    await silent.connected;
    controller.abort('deadline');
    const atOnce = Promise.race([answer, settled().then(() => 'no answer yet')]);

    await expect(atOnce).rejects.toMatchObject({ code: 'aborted' });
    await silent.close();
  });
});

interface Listener {
  readonly port: number;
  readonly connected: Promise<void>;
  close(): Promise<void>;
}

const listen = async (onConnection: (socket: Socket) => void): Promise<Listener> => {
  const sockets = new Set<Socket>();
  const connected = Promise.withResolvers<void>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
    connected.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, connected: connected.promise, close };
};

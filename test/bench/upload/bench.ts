import { BlobServiceClient } from '@azure/storage-blob';
import { encodeMetadata } from '../../../src/archive/blob-form.js';
import { createMakeBlob } from '../../../src/archive/make-blob.js';
import { systemClock } from '../../../src/time/clock.js';
import { samplePayload } from '../../unit/archive/sample-payload.js';
import { startBackend } from '../host/children.js';
import { isQuick } from '../support/is-quick.js';
import { median } from '../support/median.js';
import { ratio, reportPart } from '../support/report-part.js';

/** CPU of this process for one upload of 10 KB, 50 at once, against a blob service in another process that keeps nothing. */
const rounds = isQuick ? 3 : 11;
const uploadsPerRound = isQuick ? 500 : 3_000;
const warmUpUploads = isQuick ? 500 : 5_000;
const concurrency = 50;

type Upload = (name: string, signal: AbortSignal) => Promise<unknown>;

const backend = await startBackend('null');
const service = BlobServiceClient.fromConnectionString(backend.addresses.payloadStorage);
const container = service.getContainerClient('webhook-payloads');
const payload = samplePayload({ body: Buffer.alloc(10_240, 'a') });
const { body, contentType } = payload;
const metadata = encodeMetadata(payload);
const makeBlob = createMakeBlob({
  retries: { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 },
  clock: systemClock,
});

const byClient =
  (options: { readonly metadata?: Record<string, string> }): Upload =>
  (name, abortSignal) =>
    container.getBlockBlobClient(name).upload(body, body.length, {
      abortSignal,
      conditions: { ifNoneMatch: '*' },
      blobHTTPHeaders: { blobContentType: contentType },
      ...options,
    });

const uploads = {
  'Put Blob on the shared pipeline, with metadata': (name, signal) =>
    makeBlob(container, { name, body, contentType, metadata }, signal),
  'storage client, with metadata': byClient({ metadata }),
  'storage client, without metadata': byClient({}),
} as const satisfies Readonly<Record<string, Upload>>;

const cpuEach = async (upload: Upload, count: number): Promise<number> => {
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      await upload(`github/2026/01/31/${begun}.json`, new AbortController().signal);
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: concurrency }, lane));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
};

const figures = new Map<string, number[]>(Object.keys(uploads).map((name) => [name, []]));
for (const upload of Object.values(uploads)) await cpuEach(upload, warmUpUploads);
for (let round = 0; round < rounds; round += 1) {
  for (const [name, upload] of Object.entries(uploads)) figures.get(name)?.push(await cpuEach(upload, uploadsPerRound));
}
backend.close();

const [ours = [], byTheClient = []] = [...figures.values()];
const overClient = median(ours.map((figure, round) => figure / (byTheClient[round] ?? Number.NaN)));
reportPart({
  part: 'upload',
  rows: [...figures].map(([upload, each]) => ({ upload, 'CPU, µs each': median(each) })),
  ratios: [ratio({ name: 'CPU over the storage client, both with metadata', value: overClient, atMost: 0.5 })],
});
process.exit();

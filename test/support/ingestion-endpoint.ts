import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { loadVaultCertificate } from '../../local/key-vault/vault-certificate.js';

const envelopeSchema = z.object({
  name: z.string(),
  time: z.string(),
  iKey: z.string(),
  sampleRate: z.number().optional(),
  tags: z.record(z.string(), z.string()),
  data: z.object({
    baseType: z.string(),
    baseData: z.object({
      name: z.string().optional(),
      id: z.string().optional(),
      type: z.string().optional(),
      target: z.string().optional(),
      success: z.boolean().optional(),
      duration: z.string().optional(),
      properties: z.record(z.string(), z.string()).default({}),
      measurements: z.record(z.string(), z.number()).default({}),
      metrics: z.array(z.object({ name: z.string(), value: z.number(), count: z.number().optional() })).default([]),
    }),
  }),
});

/** One item of telemetry as Application Insights receives it. */
export type Envelope = z.infer<typeof envelopeSchema>;

/** What stands in for the ingestion service of Application Insights: takes what the SDK sends, and keeps it. */
export interface IngestionEndpoint {
  readonly connectionString: string;
  /** The certificate authority to trust; this process does already. The SDK speaks TLS only. */
  readonly caFile: string;
  /** Everything received so far, the SDK's statistics about itself left out. */
  envelopes(): readonly Envelope[];
  events(name: string): readonly Envelope[];
  dependencies(): readonly Envelope[];
  metrics(name: string): readonly Envelope[];
  /** All bodies as they came, unpacked. */
  text(): string;
  readonly requests: number;
  /** The `Authorization` headers of the requests. */
  readonly authorizations: readonly (string | undefined)[];
  /** From now on every request is answered so; 200 at first. */
  answer(status: number): void;
  /** Forgets everything, and answers 200 again. */
  clear(): void;
  close(): Promise<void>;
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
};

/** A JSON array, or one JSON object per line: the service takes both. */
const itemsIn = (text: string): readonly unknown[] =>
  text.startsWith('[') ? JSON.parse(text) : text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));

const listening = (server: Server): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address);
    });
  });

export const startIngestionEndpoint = async (): Promise<IngestionEndpoint> => {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-ingestion-'));
  const { cert, key, caFile } = await loadVaultCertificate(directory, Date.now());
  setDefaultCACertificates([...getCACertificates('default'), await readFile(caFile, 'utf8')]);
  const bodies: string[] = [];
  const authorizations: (string | undefined)[] = [];
  let status = 200;
  const server = createServer({ cert, key }, (request, response) => {
    authorizations.push(request.headers.authorization);
    void bodyOf(request).then((body) => {
      const items = itemsIn(body).length;
      if (status === 200) bodies.push(body);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ itemsReceived: items, itemsAccepted: status === 200 ? items : 0, errors: [] }));
    });
  });
  const { port } = await listening(server);
  const envelopes = (): readonly Envelope[] => bodies.flatMap(itemsIn).map((item) => envelopeSchema.parse(item));
  const ofType = (baseType: string) => envelopes().filter(({ data }) => data.baseType === baseType);
  return {
    connectionString: `InstrumentationKey=00000000-0000-4000-8000-000000000001;IngestionEndpoint=https://127.0.0.1:${port}/`,
    caFile,
    authorizations,
    envelopes,
    events: (name) => ofType('EventData').filter(({ data }) => data.baseData.name === name),
    dependencies: () => ofType('RemoteDependencyData'),
    metrics: (name) =>
      ofType('MetricData').filter(({ data }) => data.baseData.metrics.some((one) => one.name === name)),
    text: () => bodies.join('\n'),
    get requests() {
      return authorizations.length;
    },
    answer: (code) => {
      status = code;
    },
    clear() {
      bodies.length = 0;
      authorizations.length = 0;
      status = 200;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await rm(directory, { recursive: true, force: true });
    },
  };
};

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { signatureOf } from '../pipeline/prepared-request.js';
import { githubPayloads } from '../support/github-payloads.js';

/** What the load generator is asked for: so many requests at once, until the time is over or so many were sent. */
export interface LoadOrder {
  readonly url: string;
  readonly concurrency: number;
  readonly durationMs: number;
  readonly most: number;
}

/** What came of it; latencies in milliseconds, of accepted deliveries alone. */
export interface LoadResult {
  readonly elapsedMs: number;
  readonly latencies: readonly number[];
  /** How many had another answer, by status; `no answer` among them. */
  readonly others: Readonly<Record<string, number>>;
}

/** A request that is not answered is given up then, as GitHub does. */
const patienceMs = 10_000;

const payload = githubPayloads()[1];
if (payload === undefined) throw new Error('No payload');
const { body, event } = payload;
const signature = signatureOf(body);

const post = (url: string, agent: Agent): Promise<string> =>
  new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signature,
    };
    const sent = request(url, { method: 'POST', agent, timeout: patienceMs, headers });
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve('no answer'));
    sent.end(body);
  });

const run = async ({ url, concurrency, durationMs, most }: LoadOrder): Promise<LoadResult> => {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const latencies: number[] = [];
  const others: Record<string, number> = {};
  const startedMs = performance.now();
  let begun = 0;
  const sender = async (): Promise<void> => {
    while (begun < most && performance.now() - startedMs < durationMs) {
      begun += 1;
      const sentMs = performance.now();
      const status = await post(url, agent);
      if (status === '202') latencies.push(performance.now() - sentMs);
      else others[status] = (others[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, sender));
  const elapsedMs = performance.now() - startedMs;
  agent.destroy();
  return { elapsedMs, latencies, others };
};

process.on('disconnect', () => process.exit());
process.on('message', (order: LoadOrder) => {
  run(order).then((result) => process.send?.(result));
});
process.send?.('ready');

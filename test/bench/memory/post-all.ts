import { Agent, request } from 'node:http';
import { type Delivery, githubHeaders } from './streamed-request.js';

export interface Posting {
  readonly url: string;
  readonly delivery: Delivery;
  readonly count: number;
  readonly concurrency: number;
  readonly onAnswer?: (answered: number) => void;
  readonly unsigned?: boolean;
}

const headersOf = (delivery: Delivery, unsigned: boolean): Record<string, string> => ({
  ...githubHeaders(delivery),
  ...(unsigned && { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
});

const post = (url: string, delivery: Delivery, { agent, unsigned }: Way): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = headersOf(delivery, unsigned);
    const sent = request(`${url}/api/webhooks/github`, { method: 'POST', headers, agent });
    sent.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)));
    sent.once('error', reject);
    sent.end(delivery.body);
  });

interface Way {
  readonly agent: Agent;
  readonly unsigned: boolean;
}

/** Posts deliveries, so many at a time, and answers how often each status came. */
export const postAll = async ({
  url,
  delivery,
  count,
  concurrency,
  onAnswer,
  unsigned = false,
}: Posting): Promise<Map<number, number>> => {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const statuses = new Map<number, number>();
  let [begun, answered] = [0, 0];
  const lane = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      const status = await post(url, delivery, { agent, unsigned });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      answered += 1;
      onAnswer?.(answered);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  agent.destroy();
  return statuses;
};

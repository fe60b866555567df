import { Agent, request } from 'node:http';
import { type Delivery, githubHeaders } from './streamed-request.js';

export interface Posting {
  readonly url: string;
  readonly delivery: Delivery;
  readonly count: number;
  readonly concurrency: number;
  readonly onAnswer?: (answered: number) => void;
}

const post = (url: string, delivery: Delivery, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(`${url}/api/webhooks/github`, { method: 'POST', headers: githubHeaders(delivery), agent });
    sent.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)));
    sent.once('error', reject);
    sent.end(delivery.body);
  });

/** Posts signed deliveries, so many at a time, and answers how often each status came. */
export const postAll = async ({
  url,
  delivery,
  count,
  concurrency,
  onAnswer,
}: Posting): Promise<Map<number, number>> => {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const statuses = new Map<number, number>();
  let [begun, answered] = [0, 0];
  const lane = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      const status = await post(url, delivery, agent);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      answered += 1;
      onAnswer?.(answered);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  agent.destroy();
  return statuses;
};

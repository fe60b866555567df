import { memoryUsage } from 'node:process';
import { InvocationContext } from '@azure/functions';
import { isQuick } from '../support/is-quick.js';
import { createNullApp } from './null-app.js';
import { type Delivery, streamedRequest } from './streamed-request.js';

/** Live memory of this process, heap and buffers, at every so many webhooks. */
export interface Soak {
  readonly webhooks: number;
  readonly pointEvery: number;
  readonly livePointsMb: readonly number[];
  readonly residentMb: number;
  readonly seconds: number;
}

const webhooks = isQuick ? 4_000 : 100_000;
const pointEvery = webhooks / 20;
const concurrency = 16;

/** The handler in process, on stores that keep nothing. Needs `--expose-gc`. */
export const soak = async (delivery: Delivery): Promise<Soak> => {
  const app = createNullApp();
  const points: number[] = [];
  const startedMs = performance.now();
  let [begun, done] = [0, 0];
  const lane = async (): Promise<void> => {
    while (begun < webhooks) {
      begun += 1;
      const context = new InvocationContext({ functionName: 'receiveWebhook', logHandler: () => {} });
      const { status } = await app.receiveWebhook(streamedRequest(delivery), context);
      if (status !== 202) throw new Error(`Answered ${status}`);
      done += 1;
      if (done % pointEvery !== 0) continue;
      globalThis.gc?.();
      const { heapUsed, external } = memoryUsage();
      points.push((heapUsed + external) / 2 ** 20);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const seconds = (performance.now() - startedMs) / 1_000;
  return { webhooks, pointEvery, livePointsMb: points, residentMb: memoryUsage().rss / 2 ** 20, seconds };
};

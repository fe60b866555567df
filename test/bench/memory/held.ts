import { memoryUsage } from 'node:process';
import { InvocationContext } from '@azure/functions';
import { githubPayloads } from '../support/github-payloads.js';
import { createNullApp } from './null-app.js';
import { streamedRequest } from './streamed-request.js';

/** How often one delivery's bytes are in memory, in multiples of its size; by buffers, and by the heap (text and parsed value). */
export interface Held {
  readonly bytes: number;
  /** Buffers, the most at any time until the body is read. */
  readonly buffersAtMost: number;
  /** Alive while the archive is waited for. */
  readonly buffersWaiting: number;
  readonly heapWaiting: number;
}

const collectEvery = 16;

/** Takes one delivery of 25 MB, and looks at what is alive while the archive has it. Needs `--expose-gc`. */
export const measureHeld = async (): Promise<Held> => {
  const delivery = githubPayloads().find(({ name }) => name === '25 MB');
  if (delivery === undefined) throw new Error('No payload of 25 MB');
  const collected = () => {
    globalThis.gc?.();
    return memoryUsage();
  };
  let [buffersAtMost, waiting] = [0, memoryUsage()];
  const look = (): void => {
    buffersAtMost = Math.max(buffersAtMost, memoryUsage().arrayBuffers);
  };
  let chunks = 0;
  const onChunk = (): void => {
    chunks += 1;
    // Chunks that nobody holds any more must not count.
    if (chunks % collectEvery === 0) globalThis.gc?.();
    look();
  };
  const beforePut = async (): Promise<void> => {
    // What ran before the wait has to leave the stack first.
    await new Promise((resolve) => setTimeout(resolve, 50));
    waiting = collected();
  };
  const app = createNullApp({ beforePut, onClock: look });
  const take = async (look?: () => void): Promise<void> => {
    const context = new InvocationContext({ functionName: 'receiveWebhook', logHandler: () => {} });
    const { status } = await app.receiveWebhook(streamedRequest(delivery, look), context);
    if (status !== 202) throw new Error(`Answered ${status}`);
  };
  // What the first delivery loads and makes stays; it is not this one's.
  await take();
  const before = collected();
  buffersAtMost = 0;
  await take(onChunk);
  const times = (bytes: number): number => bytes / delivery.body.length;
  return {
    bytes: delivery.body.length,
    buffersAtMost: times(buffersAtMost - before.arrayBuffers),
    buffersWaiting: times(waiting.arrayBuffers - before.arrayBuffers),
    heapWaiting: times(waiting.heapUsed - before.heapUsed),
  };
};

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';
import { callHandler, postWebhook } from '../../support/post-webhook.js';

const scrape = async ({ app }: MemoryApp): Promise<readonly string[]> => {
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/metrics' });
  const { body } = await callHandler(app.metrics, request);
  return body.split('\n').map((line) => line.replace(/ [^ ]+$/, ''));
};

const askNobody = ({ app }: MemoryApp, name: string) =>
  postWebhook(app.receiveWebhook, {
    provider: name,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{}'),
  });

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const heapBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

describe('names that a caller makes up', () => {
  it('a thousand unknown providers are one in the metrics', async () => {
    const memory = createMemoryApp();
    await askNobody(memory, 'nobody-0');
    const before = await scrape(memory);

    for (let n = 1; n <= 1000; n += 1) await askNobody(memory, `nobody-${n}`);

    expect(await scrape(memory)).toEqual(before);
  });

  it('a thousand event names, rightly signed, add no series', async () => {
    const memory = createMemoryApp({ bots: [] });
    await memory.github('event_0', {});
    const before = await scrape(memory);

    const statuses = new Set<number>();
    for (let n = 1; n <= 1000; n += 1)
      statuses.add((await memory.github(`event_${n}`, { action: `action_${n}` })).status);

    expect([...statuses]).toEqual([202]);
    expect(await scrape(memory)).toEqual(before);
  });

  it('thousands of unknown providers take no memory', async () => {
    const memory = createMemoryApp({ telemetry: { record: () => {}, flush: async () => {} } });
    const ask = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 1) await askNobody(memory, `nobody-${n}`);
      // The log of the test's own app, which is kept on purpose.
      Object(memory.lines).length = 0;
    };
    await ask(0, 1000);
    const before = heapBytes();

    await ask(1000, 5000);

    expect(heapBytes() - before).toBeLessThan(2 ** 20);
  });
});

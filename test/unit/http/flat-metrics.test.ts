import { HttpRequest } from '@azure/functions';
import { expect, it } from 'vitest';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';
import { callHandler, postWebhook } from '../../support/post-webhook.js';

/** The names and labels of every series, without their values. */
const seriesOf = async ({ app }: MemoryApp): Promise<readonly string[]> => {
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/metrics' });
  const { body } = await callHandler(app.metrics, request);
  return body
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
    .toSorted();
};

const secret = 'another-secret-for-tests';

it('hundreds of unknown provider names, event names and client addresses add no series to the metrics', async () => {
  const memory = createMemoryApp();
  const nobody = { headers: { 'content-type': 'application/json' }, body: Buffer.from('{}') };
  await memory.github('issues', {});
  await memory.github('issues', {}, { secret });
  await postWebhook(memory.app.receiveWebhook, { ...nobody, provider: 'nobody' });
  const before = await seriesOf(memory);

  for (let index = 0; index < 300; index += 1) {
    await postWebhook(memory.app.receiveWebhook, { ...nobody, provider: `nobody-${index}` });
    await memory.github(`event_${index}`, { action: `action_${index}` }, { delivery: `delivery-${index}` });
    const headers = { 'x-forwarded-for': `10.0.${index >> 8}.${index & 255}:1` };
    await memory.github(`event_${index}`, {}, { secret, headers });
  }

  expect(await seriesOf(memory)).toEqual(before);
  expect(before.length).toBeGreaterThan(100);
});

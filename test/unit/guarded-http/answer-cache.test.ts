import { expect, it } from 'vitest';
import { AnswerCache } from '../../../src/guarded-http/answer-cache.js';
import { ManualClock } from '../../support/manual-clock.js';

const mib = 1024 * 1024;

it('kept answers take 32 MB at most: the latest stay', async () => {
  const cache = new AnswerCache(new ManualClock());
  const asked: string[] = [];
  const get = (key: string, bytes: number) =>
    cache.get({
      key,
      cacheSeconds: 60,
      staleSeconds: 0,
      ask: async () => {
        asked.push(key);
        return { status: 200, headers: new Headers(), bytes: new Uint8Array(bytes), stale: false };
      },
      wait: (answer) => answer,
      isFailing: () => false,
    });
  for (const key of ['a', 'b', 'c', 'd']) await get(key, 10 * mib);
  await get('too large', 33 * mib);
  await get('e', 10 * mib);
  await get('f', 10 * mib);

  asked.length = 0;
  for (const key of ['f', 'e', 'd', 'c', 'too large']) await get(key, mib);

  expect(asked).toEqual(['c', 'too large']);
});

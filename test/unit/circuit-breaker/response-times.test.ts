import { expect, test } from 'vitest';
import { ResponseTimes } from '../../../src/circuit-breaker/call-ledger.js';

const random = (() => {
  let state = 7;
  return () => (state = (state * 48_271) % 2_147_483_647);
})();

test.each([
  1, 2, 3, 10, 99, 100, 512, 700,
])('response times: percentiles of %d are those of the latest 512 in order, however they came', (count) => {
  for (const different of [1, 3, 1_000]) {
    const times = new ResponseTimes();
    const all = Array.from({ length: count }, () => random() % different);
    for (const ms of all) times.record(ms);

    const inOrder = all.slice(-512).toSorted((one, other) => one - other);
    const [p50, p90, p95, p99, max] = [0.5, 0.9, 0.95, 0.99, 1].map(
      (share) => inOrder[Math.ceil(inOrder.length * share) - 1],
    );
    expect(times.summary()).toMatchObject({ samples: inOrder.length, p50, p90, p95, p99, max });
    expect(times.p90).toBe(p90);
  }
});

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFuzz } from '../fuzz/run-fuzz.js';
import { startFuzzedStack } from '../fuzz/stack/start-fuzzed-stack.js';
import type { RunningStack } from '../support/start-stack.js';

/** Forty for each sender. The command goes on for as long as it is told. */
const mostRequests = 1_000;
/** For shrinking what was found, too. */
const seconds = 240;

describe('random and mutated requests to every provider', () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await startFuzzedStack();
  });

  afterAll(async () => {
    await stack?.stop();
  });

  test('are all answered as is stated, accept nothing forged, print no secret and add no metric', async () => {
    const seed = randomInt(999_999_999);

    const { faults, requests } = await runFuzz({
      hostUrl: new URL(stack.hostUrl),
      log: stack.output,
      seed,
      seconds,
      mostRequests,
    });

    expect(faults, `again: npm run fuzz -- --seconds ${seconds} --seed ${seed}`).toEqual([]);
    expect(requests).toBe(mostRequests);
  });

  test('leave the host healthy', async () => {
    const live = await fetch(`${stack.hostUrl}/api/health/live`);
    const metrics = await (await fetch(`${stack.hostUrl}/api/metrics`)).text();

    expect(await live.text()).toBe('{"status":"healthy"}');
    expect(metrics).toMatch(/^breakwater_internal_errors_total(\{[^}]*\})? 0$/m);
  });
});

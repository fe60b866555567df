import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postGithub } from '../support/github-client.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

/** Older than this a secret is read again, beside the delivery that found it so. */
const refreshSeconds = 1;

describe('lines that are written after their invocation has ended, which the host drops', () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await startStack({
      environment: { SECRET_REFRESH_SECONDS: String(refreshSeconds), CircuitBreaker__keyVault__failureThreshold: '1' },
    });
  });

  afterAll(async () => {
    await stack.stop();
  });

  const post = async (delivery: string): Promise<number> => {
    const body = JSON.stringify({ action: 'opened' });
    return (await postGithub(stack.hostUrl, { event: 'issues', body, delivery })).status;
  };

  it('a breaker that opens in the background is told of all the same: the vault refuses, threshold 1, a refresh beside a delivery', async () => {
    expect(await post('before')).toBe(202);
    await stack.setFault('key-vault', 'refuse');
    await wait(refreshSeconds * 1_000 + 50);

    const status = await post('while-it-refuses');

    expect(status).toBe(202);
    const line = /^\[[^\]]+\] (\{"event":"breaker\.opened".*"breaker":"key-vault".*\})$/m;
    await expect.poll(() => line.exec(stack.output())?.[1]).toBeDefined();
    expect(JSON.parse(line.exec(stack.output())?.[1] ?? '')).toMatchObject({ breaker: 'key-vault', level: 'error' });
    expect(stack.output()).not.toMatch(/Dropped, for its invocation has ended:.*breaker\.opened/);
  });
});

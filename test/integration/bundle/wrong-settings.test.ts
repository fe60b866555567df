import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostProcess, startHostProcess } from '../functions-host/host-process.js';

const root = resolve(import.meta.dirname, '../../..');

describe('an app whose settings are wrong', () => {
  let host: HostProcess;

  beforeAll(async () => {
    host = await startHostProcess({
      app: root,
      env: { PROVIDERS: 'github,bogus', REQUEST_BUDGET_MS: 'soon', ServiceBus: '', PayloadStorage: '' },
    });
  });

  afterAll(() => host?.end());

  it.each([
    ['POST', 'webhooks/github', 503],
    ['GET', 'health/ready', 503],
    ['GET', 'metrics', 503],
    ['GET', 'health', 200],
    ['GET', 'health/live', 200],
  ])('%s %s: %i', async (method, route, status) => {
    const reply = await fetch(`${host.url}/api/${route}`, { method });

    expect(reply.status).toBe(status);
    if (status === 503) {
      expect(reply.headers.get('retry-after')).toBe('30');
      expect(await reply.json()).toMatchObject({ code: 'NotReady', detail: 'InvalidSettings' });
    }
  });

  it('says every problem in one line of level error', () => {
    const lines = host
      .output()
      .split('\n')
      .filter((line) => line.includes('settings.invalid'));

    expect(lines).toHaveLength(1);
    const { level, problems }: { level: string; problems: string[] } = JSON.parse(
      lines[0]?.slice(lines[0].indexOf('{')) ?? '{}',
    );
    expect(level).toBe('error');
    for (const name of ['PROVIDERS', 'REQUEST_BUDGET_MS', 'ServiceBus', 'PayloadStorage']) {
      expect(problems.some((problem) => problem.startsWith(name))).toBe(true);
    }
  });
});

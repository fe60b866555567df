import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { answerTo } from '../../support/answer-to.js';
import { createMemoryApp, type MemoryApp, mergeWarden } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';

const deliver = async (memory: MemoryApp, times: number): Promise<void> => {
  for (let n = 0; n < times; n += 1) await memory.github('star', { action: 'created' }, { delivery: `reason-${n}` });
};

const lineOf = ({ lines }: MemoryApp, event: string) => lines.findLast((line) => line['event'] === event);

const metricsOf = async ({ app }: MemoryApp): Promise<string> => {
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/metrics' });
  return (await callHandler(app.metrics, request)).body;
};

describe('why a webhook was not served as usual', () => {
  it('stands in its line, and the sender is not told', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'unauthorized' });

    const reply = await memory.github('star', { action: 'created' });

    expect(lineOf(memory, 'webhook.accepted')).toMatchObject({
      degraded: ['blob-storage'],
      reasons: ['blob-storage: unauthorized'],
    });
    expect(reply.body).not.toContain('unauthorized');
    expect(reply.body).not.toContain('causes');
  });

  it('stands there too while the breaker is open, and in the line of the breaker that opens', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'throttled' });

    await deliver(memory, 6);

    expect(lineOf(memory, 'breaker.opened')).toMatchObject({ breaker: 'blob-storage', lastFailure: 'throttled' });
    expect(lineOf(memory, 'webhook.accepted')).toMatchObject({ reasons: ['blob-storage: circuit-open (throttled)'] });
  });

  it('names the bot whose queue is missing', async () => {
    const memory = createMemoryApp({ queues: [mergeWarden.queue] });

    await deliver(memory, 4);

    expect(lineOf(memory, 'webhook.accepted')).toMatchObject({ reasons: ['bot:notifier: not-found'] });
    expect(lineOf(memory, 'breaker.opened')).toMatchObject({
      breaker: 'queue:bot-notifier',
      lastFailure: 'not-found',
    });
  });

  it('names both stores when nothing could be kept', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'unauthorized' });
    memory.queue.setFault({ kind: 'error', code: 'throttled' });

    await answerTo(memory, deliver(memory, 1));

    expect(lineOf(memory, 'webhook.unavailable')).toMatchObject({
      reasons: expect.arrayContaining(['blob-storage: unauthorized', 'service-bus: throttled']),
    });
  });

  it('says what the vault says when a delivery cannot be verified', async () => {
    const memory = createMemoryApp();
    memory.secrets.setFault({ kind: 'fail', code: 'unauthorized' });

    await deliver(memory, 1);

    expect(lineOf(memory, 'webhook.unavailable')).toMatchObject({ reasons: ['key-vault: unauthorized'] });
  });

  it('is counted by breaker and reason, and every series of the three breakers is there before its first failure', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'unauthorized' });
    await deliver(memory, 2);

    const text = await metricsOf(memory);

    expect(text).toMatch(
      /breakwater_dependency_failures_total\{breaker="blob-storage",reason="unauthorized",instance_id="test"\} 2/,
    );
    expect(text).toMatch(/breakwater_dependency_failures_total\{breaker="key-vault",reason="timeout",[^}]*\} 0/);
    expect(text).toMatch(/breakwater_dependency_failures_total\{breaker="queue:bot-notifier",reason="full",[^}]*\} 0/);
  });
});

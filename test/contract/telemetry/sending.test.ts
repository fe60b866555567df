import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ingestion, startIngestion, watch } from './watched-app.js';

let ingestion: Ingestion;

beforeAll(async () => {
  ingestion = await startIngestion();
});

afterAll(() => ingestion.close());

beforeEach(() => ingestion.clear());

describe('sending to Application Insights', () => {
  it('takes what it is sent without a fault', async () => {
    const { memory, telemetry } = watch(ingestion);

    for (let delivery = 0; delivery < 3; delivery += 1) await memory.github('issues', { action: 'opened' });
    await telemetry.flush();

    expect(ingestion.endpoint.events('webhook.accepted')).toHaveLength(3);
    expect(ingestion.faults).toEqual([]);
  });

  it('is told who sends, by a token of the identity of the app', async () => {
    const asked: unknown[] = [];
    const { telemetry } = watch(ingestion, {
      credential: {
        getToken: async (scopes) => {
          asked.push(scopes);
          return { token: 'a-token-of-the-identity', expiresOnTimestamp: Date.now() + 3_600_000 };
        },
      },
    });

    telemetry.record({ kind: 'event', name: 'breaker.opened', fields: {}, epochMs: 0, traceparent: undefined });
    await telemetry.flush();

    expect(ingestion.endpoint.events('breaker.opened')).toHaveLength(1);
    expect(asked).toContainEqual(['https://monitor.azure.com/.default']);
    expect(new Set(ingestion.endpoint.authorizations)).toEqual(new Set(['Bearer a-token-of-the-identity']));
  });

  it.each([
    400, 401, 403,
  ])('answering %i holds up no webhook, fails none, and is said once in the log', async (status) => {
    ingestion.endpoint.answer(status);
    const { memory, telemetry } = watch(ingestion);

    const replies = [await memory.github('issues', { action: 'opened' })];
    await telemetry.flush();
    replies.push(await memory.github('issues', { action: 'opened' }));
    await telemetry.flush();

    expect(replies.map((reply) => reply.status)).toEqual([202, 202]);
    expect(ingestion.faults).toEqual([['warn', 'telemetry.failed', { stage: 'send', error: `HTTP ${status}` }]]);
  });

  it('failing for a moment loses nothing and is not worth a word', async () => {
    ingestion.endpoint.answer(500);
    const { memory, telemetry } = watch(ingestion);

    await memory.github('issues', { action: 'opened' });
    const flushed = telemetry.flush();
    await expect.poll(() => ingestion.endpoint.requests).toBeGreaterThanOrEqual(3);
    ingestion.endpoint.answer(200);
    await flushed;

    expect(ingestion.endpoint.events('webhook.accepted')).toHaveLength(1);
    expect(ingestion.faults).toEqual([]);
  });

  it('refusing again and again is soon left alone, until the breaker before it lets another try through', async () => {
    ingestion.endpoint.answer(403);
    const { telemetry } = watch(ingestion);

    for (let batch = 0; batch < 6; batch += 1) {
      telemetry.record({ kind: 'event', name: 'breaker.opened', fields: {}, epochMs: 0, traceparent: undefined });
      await telemetry.flush();
    }

    expect(ingestion.endpoint.requests).toBe(3);
    expect(ingestion.faults).toEqual([['warn', 'telemetry.failed', { stage: 'send', error: 'HTTP 403' }]]);
  });
});

import { HttpRequest, InvocationContext } from '@azure/functions';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpHandler } from '../../../src/http/receive-webhook.js';
import type { ApplicationInsightsOptions } from '../../../src/observability/application-insights.js';
import { createLazyTelemetry } from '../../../src/observability/lazy-telemetry.js';
import { sampledTelemetry } from '../../../src/observability/sampled-telemetry.js';
import type { Telemetry } from '../../../src/observability/telemetry.js';
import { systemClock } from '../../../src/system-clock.js';
import { type Envelope, type IngestionEndpoint, startIngestionEndpoint } from '../../support/ingestion-endpoint.js';
import { createMemoryApp, type MemoryApp, type MemoryAppOptions, testSecret } from '../../support/memory-app.js';

const adminToken = 'an-admin-token-for-tests';
const hexDigits = '123456789abcdef';
const aTrace = '0af7651916cd43dd8448eb211c80319c';

let endpoint: IngestionEndpoint;
let telemetry: Telemetry;
let faults: unknown[];

/** The real SDK, as it is deployed: behind the buffer that loads it. */
const create = (options: Partial<ApplicationInsightsOptions> = {}): Telemetry =>
  createLazyTelemetry({
    clock: systemClock,
    log: { write: (...line) => void faults.push(line) },
    load: async (onFailure) => {
      const { createApplicationInsights } = await import('../../../src/observability/application-insights.js');
      return createApplicationInsights({
        connectionString: endpoint.connectionString,
        credential: undefined,
        role: 'func-breakwater',
        instance: 'instance-1',
        version: '1.2.3',
        onFailure,
        ...options,
      });
    },
  });

beforeAll(async () => {
  // The SDK would tell its maker about itself, over a network that tests have not.
  process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] = 'true';
  endpoint = await startIngestionEndpoint();
  await import('../../../src/observability/application-insights.js');
});

afterAll(async () => {
  delete process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'];
  await endpoint.close();
});

beforeEach(() => {
  endpoint.clear();
  faults = [];
  telemetry = create();
});

const createApp = (options: MemoryAppOptions = {}): MemoryApp => {
  const memory = createMemoryApp({ telemetry, ...options });
  memory.secrets.set('admin-token', adminToken);
  return memory;
};

const call = async (handler: HttpHandler, body: unknown, token = adminToken): Promise<void> => {
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://localhost/api/command',
    headers: { authorization: `Bearer ${token}` },
    body: { bytes: Buffer.from(JSON.stringify(body)) },
  });
  await handler(request, new InvocationContext({ functionName: 'test', invocationId: 'test', logHandler: () => {} }));
};

const operationOf = ({ tags }: Envelope) => ({ trace: tags['ai.operation.id'], parent: tags['ai.operation.parentId'] });

describe('Application Insights', () => {
  it('takes what it is sent without a fault', async () => {
    const memory = createApp();

    for (let delivery = 0; delivery < 3; delivery += 1) await memory.github('issues', { action: 'opened' });
    await telemetry.flush();

    expect(endpoint.events('webhook.accepted')).toHaveLength(3);
    expect(faults).toEqual([]);
  });

  it('receives one event for each webhook, with its facts as properties and its numbers as measurements', async () => {
    const memory = createApp();

    await memory.github('pull_request', { action: 'opened' }, { delivery: 'delivery-1' });
    await telemetry.flush();

    const [event, ...others] = endpoint.events('webhook.accepted');
    expect(others).toEqual([]);
    expect(event?.iKey).toBe('00000000-0000-4000-8000-000000000001');
    expect(event?.tags).toMatchObject({
      'ai.cloud.role': 'func-breakwater',
      'ai.cloud.roleInstance': 'instance-1',
      'ai.application.ver': '1.2.3',
    });
    expect(event?.data.baseData.properties).toEqual({
      at: new Date(memory.clock.epochMs()).toISOString(),
      provider: 'github',
      id: 'delivery-1',
      type: 'github.pull_request.opened',
      correlationId: 'correlation-1',
      archived: 'true',
      routedTo: '["merge-warden","notifier"]',
      degraded: '[]',
      duplicate: 'false',
      secretVersion: expect.any(String),
    });
    expect(Object.keys(event?.data.baseData.measurements ?? {}).toSorted()).toEqual([
      'archiveMs',
      'authenticateMs',
      'bytes',
      'durationMs',
      'normalizeMs',
      'readMs',
      'routeMs',
    ]);
  });

  it('sees request, dependencies and messages in one trace, the dependencies as children of the request', async () => {
    const memory = createApp();
    const headers = { traceparent: `00-${aTrace}-b7ad6b7169203331-00` };

    await memory.github('pull_request', { action: 'opened' }, { headers });
    await telemetry.flush();

    const [message] = memory.queue.messages('bot-notifier');
    const [, messageTrace, requestSpan] = message?.applicationProperties['traceparent']?.split('-') ?? [];
    expect(messageTrace).toBe(aTrace);
    expect(endpoint.events('webhook.accepted').map(operationOf)).toEqual([{ trace: aTrace, parent: requestSpan }]);
    expect(endpoint.dependencies().map(operationOf)).toEqual(
      Array.from({ length: 3 }, () => ({ trace: aTrace, parent: requestSpan })),
    );
  });

  it('receives calls as what the application map draws, with a span of their own', async () => {
    const memory = createApp();
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });

    await memory.github('issues', { action: 'opened' });
    await telemetry.flush();

    const calls = endpoint.dependencies().map(({ data: { baseData } }) => baseData);
    expect(calls).toEqual([
      expect.objectContaining({ name: 'archive', type: 'Azure blob', target: 'blob-storage', success: true }),
      expect.objectContaining({
        name: 'route',
        type: 'Azure Service Bus',
        target: 'bot-notifier',
        success: false,
        properties: { code: 'unavailable' },
      }),
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  });

  it('receives every transition, refusal and webhook when sampling keeps one trace in a hundred', async () => {
    telemetry = sampledTelemetry(create(), 1);
    const memory = createApp();
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });

    for (const digit of hexDigits) {
      const headers = { traceparent: `00-${digit.repeat(32)}-b7ad6b7169203331-01` };
      await memory.github('issues', { action: 'opened' }, { delivery: `delivery-${digit}`, headers });
      await memory.github('issues', {}, { secret: 'a-secret-of-somebody-else', headers });
    }
    await telemetry.flush();

    expect(endpoint.events('webhook.accepted')).toHaveLength(15);
    expect(endpoint.events('webhook.rejected')).toHaveLength(15);
    expect(endpoint.events('breaker.opened')).toHaveLength(1);
    expect(endpoint.dependencies()).toEqual([]);
  });

  it('says of a dependency that sampling kept how many it stands for', async () => {
    telemetry = sampledTelemetry(create(), 1);
    const memory = createApp();
    const headers = { traceparent: `00-${'f'.repeat(24)}00000001-b7ad6b7169203331-00` };

    await memory.github('issues', { action: 'opened' }, { headers });
    await telemetry.flush();

    expect(endpoint.dependencies().map(({ sampleRate }) => sampleRate)).toEqual([1, 1]);
    expect(endpoint.events('webhook.accepted').map(({ sampleRate }) => sampleRate)).toEqual([100]);
  });

  it('receives transitions both ways, outbox runs, replay runs and commands', async () => {
    const memory = createApp({ environment: { QUEUE_UNAVAILABLE: 'defer' } });
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    for (let delivery = 0; delivery < 5; delivery += 1) {
      await memory.github('issues', { action: 'opened' }, { delivery: `delivery-${delivery}` });
    }
    memory.queue.setFault(undefined);
    memory.clock.advance(60_000);

    await memory.drain();
    await call(memory.app.replayEvents, { from: '2025-12-31T00:00:00Z' });
    await call(memory.app.resetBreakers, {});
    await call(memory.app.resetBreakers, {}, 'not-the-token-at-all');
    await telemetry.flush();

    const named = (name: string) => endpoint.events(name).map(({ data }) => data.baseData);
    expect(named('breaker.opened')[0]?.properties).toMatchObject({
      breaker: 'service-bus',
      from: 'Closed',
      to: 'Open',
    });
    expect(named('breaker.closed')[0]?.properties).toMatchObject({ breaker: 'service-bus', to: 'Closed' });
    expect(named('outbox.drained')[0]?.measurements).toMatchObject({ delivered: 5, failed: 0 });
    const commands = named('operator.command-done').map(({ properties }) => properties['command']);
    expect(commands).toEqual(['replay-events', 'reset-circuit-breakers']);
    expect(named('operator.command-done')[0]?.measurements).toMatchObject({ sent: 5 });
    expect(named('operator.command-refused')[0]?.properties).toMatchObject({ outcome: 'unauthorized' });
  });

  it('receives the state of every breaker and the durations of the stages as metrics', async () => {
    const memory = createApp();

    await memory.github('issues', { action: 'opened' });
    await telemetry.flush();

    const breakers = endpoint.metrics('breakwater_circuit_breaker_state').map(({ data }) => data.baseData);
    const stages = endpoint.metrics('breakwater_webhook_stage_duration_seconds').map(({ data }) => data.baseData);
    expect(breakers.map(({ properties }) => properties['breaker'])).toEqual(
      expect.arrayContaining(['service-bus', 'blob-storage', 'key-vault']),
    );
    expect(stages.map(({ properties }) => properties['stage']).toSorted()).toEqual([
      'archive',
      'authenticate',
      'normalize',
      'read',
      'route',
    ]);
  });

  it('receives nothing that the Functions host collects: no request, no trace, no exception, no performance counter', async () => {
    const memory = createApp();
    console.log('a line of the console');

    await memory.github('issues', { action: 'opened' });
    await telemetry.flush();

    const types = new Set(endpoint.envelopes().map(({ data }) => data.baseType));
    expect(types).toEqual(new Set(['EventData', 'RemoteDependencyData', 'MetricData']));
    const metrics = endpoint.envelopes().flatMap(({ data }) => data.baseData.metrics.map(({ name }) => name));
    expect(metrics.filter((name) => !name.startsWith('breakwater_') && name !== '_OTELRESOURCE_')).toEqual([]);
  });

  it('never receives a payload, a secret, a token, a signature or a header', async () => {
    const memory = createApp();
    const headers = { 'x-custom': 'marker-of-a-header', authorization: 'Bearer marker-of-a-token' };
    const options = { delivery: 'delivery-1', headers };

    await memory.github('issues', { action: 'opened', text: 'marker-of-a-payload' }, options);
    await memory.github('issues', 'marker-of-a-payload', options);
    await memory.github('issues', { text: 'marker-of-a-payload' }, { ...options, secret: 'marker-of-a-secret' });
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    await memory.github('issues', { action: 'opened', text: 'marker-of-a-payload' }, options);
    await call(memory.app.resetBreakers, {}, 'marker-of-a-token');
    await telemetry.flush();

    const text = endpoint.text();
    expect(endpoint.events('webhook.unavailable')).toHaveLength(1);
    for (const hidden of ['marker-of', testSecret, adminToken, 'sha256=', 'x-hub-signature']) {
      expect(text).not.toContain(hidden);
    }
  });

  it('is told who sends, by a token of the identity of the app', async () => {
    const asked: unknown[] = [];
    telemetry = create({
      credential: {
        getToken: async (scopes) => {
          asked.push(scopes);
          return { token: 'a-token-of-the-identity', expiresOnTimestamp: Date.now() + 3_600_000 };
        },
      },
    });

    telemetry.record({ kind: 'event', name: 'breaker.opened', fields: {}, epochMs: 0, traceparent: undefined });
    await telemetry.flush();

    expect(endpoint.events('breaker.opened')).toHaveLength(1);
    expect(asked).toContainEqual(['https://monitor.azure.com/.default']);
    expect(new Set(endpoint.authorizations)).toEqual(new Set(['Bearer a-token-of-the-identity']));
  });

  it.each([
    400, 401, 403,
  ])('answering %i holds up no webhook, fails none, and is said once in the log', async (status) => {
    endpoint.answer(status);
    const memory = createApp();

    const replies = [await memory.github('issues', { action: 'opened' })];
    await telemetry.flush();
    replies.push(await memory.github('issues', { action: 'opened' }));
    await telemetry.flush();

    expect(replies.map((reply) => reply.status)).toEqual([202, 202]);
    expect(faults).toEqual([['warn', 'telemetry.failed', { stage: 'send', error: `HTTP ${status}` }]]);
  });

  it('failing for a moment loses nothing and is not worth a word', async () => {
    endpoint.answer(500);
    const memory = createApp();

    await memory.github('issues', { action: 'opened' });
    const flushed = telemetry.flush();
    await vi.waitFor(() => expect(endpoint.requests).toBeGreaterThanOrEqual(3));
    endpoint.answer(200);
    await flushed;

    expect(endpoint.events('webhook.accepted')).toHaveLength(1);
    expect(faults).toEqual([]);
  });
});

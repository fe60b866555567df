import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerTo } from '../../support/answer-to.js';
import { testSecret } from '../../support/memory-app.js';
import { adminToken, command, type Ingestion, startIngestion, watch } from './watched-app.js';

let ingestion: Ingestion;

beforeAll(async () => {
  ingestion = await startIngestion();
});

afterAll(() => ingestion.close());

beforeEach(() => ingestion.clear());

describe('Application Insights', () => {
  it('receives one event for each webhook, with its facts as properties and its numbers as measurements', async () => {
    const { memory, telemetry } = watch(ingestion);

    await memory.github('pull_request', { action: 'opened' }, { delivery: 'delivery-1' });
    await telemetry.flush();

    const [event, ...others] = ingestion.endpoint.events('webhook.accepted');
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

  it('receives transitions both ways, outbox runs, replay runs and commands', async () => {
    const { memory, telemetry } = watch(ingestion, { environment: { QUEUE_UNAVAILABLE: 'defer' } });
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    for (let delivery = 0; delivery < 5; delivery += 1) {
      await memory.github('issues', { action: 'opened' }, { delivery: `delivery-${delivery}` });
    }
    memory.queue.setFault(undefined);
    memory.clock.advance(60_000);

    await memory.drain();
    await command(memory.app.replayEvents, { from: '2025-12-31T00:00:00Z' });
    await command(memory.app.resetCircuitBreakers, {});
    await command(memory.app.resetCircuitBreakers, {}, 'not-the-token-at-all');
    await telemetry.flush();

    const named = (name: string) => ingestion.endpoint.events(name).map(({ data }) => data.baseData);
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
    const { memory, telemetry } = watch(ingestion);

    await memory.github('issues', { action: 'opened' });
    await telemetry.flush();

    const breakers = ingestion.endpoint.metrics('breakwater_circuit_breaker_state').map(({ data }) => data.baseData);
    const stages = ingestion.endpoint
      .metrics('breakwater_webhook_stage_duration_seconds')
      .map(({ data }) => data.baseData);
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
    const { memory, telemetry } = watch(ingestion);
    console.log('a line of the console');

    await memory.github('issues', { action: 'opened' });
    await telemetry.flush();

    const types = new Set(ingestion.endpoint.envelopes().map(({ data }) => data.baseType));
    expect(types).toEqual(new Set(['EventData', 'RemoteDependencyData', 'MetricData']));
    const metrics = ingestion.endpoint.envelopes().flatMap(({ data }) => data.baseData.metrics.map(({ name }) => name));
    expect(metrics.filter((name) => !name.startsWith('breakwater_') && name !== '_OTELRESOURCE_')).toEqual([]);
  });

  it('never receives a payload, a secret, a token, a signature or a header', async () => {
    const { memory, telemetry } = watch(ingestion);
    const headers = { 'x-custom': 'marker-of-a-header', authorization: 'Bearer marker-of-a-token' };
    const options = { delivery: 'delivery-1', headers };

    await memory.github('issues', { action: 'opened', text: 'marker-of-a-payload' }, options);
    await memory.github('issues', 'marker-of-a-payload', options);
    await memory.github('issues', { text: 'marker-of-a-payload' }, { ...options, secret: 'marker-of-a-secret' });
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    await answerTo(memory, memory.github('issues', { action: 'opened', text: 'marker-of-a-payload' }, options));
    await command(memory.app.resetCircuitBreakers, {}, 'marker-of-a-token');
    await telemetry.flush();

    const text = ingestion.endpoint.text();
    expect(ingestion.endpoint.events('webhook.unavailable')).toHaveLength(1);
    for (const hidden of ['marker-of', testSecret, adminToken, 'sha256=', 'x-hub-signature']) {
      expect(text).not.toContain(hidden);
    }
  });
});

import { HttpRequest, InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../../../src/http/receive-webhook.js';
import { createMemoryApp, type MemoryApp, testSecret } from '../../../support/memory-app.js';

const adminToken = 'an-admin-token-for-tests';
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

const command = async (handler: HttpHandler, token: string): Promise<void> => {
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://localhost/api/circuit-breakers/reset',
    headers: { authorization: `Bearer ${token}` },
  });
  await handler(request, new InvocationContext({ functionName: 'test', invocationId: 'test', logHandler: () => {} }));
};

const eventsNamed = ({ telemetry }: MemoryApp, name: string) =>
  telemetry.events().filter((event) => event.name === name);

const openStorage = async (memory: MemoryApp): Promise<void> => {
  memory.archive.setFault({ kind: 'error', code: 'unavailable' });
  for (let delivery = 0; delivery < 5; delivery += 1) await memory.github('issues', { action: 'opened' });
};

describe('telemetry', () => {
  it('has one event for each webhook, with what became of it and how long its stages took', async () => {
    const memory = createMemoryApp();

    await memory.github('issues', { action: 'opened' }, { delivery: 'delivery-1' });

    const events = memory.telemetry.events();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ name: 'webhook.accepted', epochMs: memory.clock.epochMs() });
    expect(events[0]?.fields).toMatchObject({
      id: 'delivery-1',
      type: 'github.issues.opened',
      provider: 'github',
      archived: true,
      routedTo: ['notifier'],
      degraded: [],
      secretVersion: expect.any(String),
      correlationId: 'correlation-1',
      readMs: 0,
      authenticateMs: 0,
      normalizeMs: 0,
      archiveMs: 0,
      routeMs: 0,
    });
  });

  it('says the same as the log line, and nothing but that', async () => {
    const memory = createMemoryApp();

    await memory.github('issues', { action: 'opened' });
    await memory.github('issues', 'not JSON');
    await memory.github('issues', {}, { secret: 'a-secret-of-somebody-else' });

    const stages = /^(read|authenticate|normalize|archive|route)Ms$/;
    const told = memory.telemetry.events().map(({ name, fields }) => ({
      event: name,
      ...Object.fromEntries(Object.entries(fields).filter(([field]) => !stages.test(field))),
    }));
    expect(told.map((event) => JSON.parse(JSON.stringify(event)))).toEqual(memory.lines);
  });

  it('has one dependency for each put and each send, in the trace of the request and of the messages', async () => {
    const memory = createMemoryApp();

    await memory.github('pull_request', { action: 'opened' }, { headers: { traceparent } });

    const [message] = memory.queue.messages('bot-notifier');
    const inMessage = message?.applicationProperties['traceparent'];
    const dependencies = memory.telemetry.dependencies();
    expect(dependencies.map(({ name, target, success }) => [name, target, success]).toSorted()).toEqual([
      ['archive', 'blob-storage', true],
      ['route', 'bot-merge-warden', true],
      ['route', 'bot-notifier', true],
    ]);
    expect(inMessage).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(message?.applicationProperties['Diagnostic-Id']).toBe(inMessage);
    expect(new Set(dependencies.map((dependency) => dependency.traceparent))).toEqual(new Set([inMessage]));
    expect(eventsNamed(memory, 'webhook.accepted')[0]?.traceparent).toBe(inMessage);
  });

  it('continues the trace that the platform began when the caller sent none', async () => {
    const memory = createMemoryApp();
    const platform = `00-${traceId}-00f067aa0ba902b7-00`;
    const request = new HttpRequest({
      method: 'POST',
      url: 'http://localhost/api/webhooks/none',
      params: { provider: 'none' },
    });
    const traceContext = { traceParent: platform };

    await memory.app.receiveWebhook(
      request,
      new InvocationContext({ functionName: 'test', invocationId: 'test', logHandler: () => {}, traceContext }),
    );

    expect(eventsNamed(memory, 'webhook.refused')[0]?.traceparent).toBe(platform);
  });

  it('keeps the traces of requests apart that run side by side', async () => {
    const memory = createMemoryApp();
    const traces = ['a', 'b', 'c'].map((letter) => letter.repeat(32));

    await Promise.all(
      traces.map((trace) =>
        memory.github(
          'issues',
          { action: 'opened' },
          { delivery: trace, headers: { traceparent: `00-${trace}-${'1'.repeat(16)}-01` } },
        ),
      ),
    );

    for (const { fields, traceparent: own } of eventsNamed(memory, 'webhook.accepted')) {
      expect(own?.slice(3, 35)).toBe(fields['id']);
    }
  });

  it('tells a failed call as a failed dependency, with the code of its error', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });

    await memory.github('issues', { action: 'opened' });

    const [put] = memory.telemetry.dependencies().filter(({ name }) => name === 'archive');
    expect(put).toMatchObject({ type: 'Azure blob', success: false, code: 'unavailable' });
  });

  it('has one event for each transition of a breaker, and its state as a metric', async () => {
    const memory = createMemoryApp();

    await openStorage(memory);

    expect(eventsNamed(memory, 'breaker.opened').map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ breaker: 'blob-storage', from: 'Closed', to: 'Open' }),
    ]);
    const states = memory.telemetry
      .metrics()
      .filter(({ name, dimensions }) => name.endsWith('_state') && dimensions['breaker'] === 'blob-storage');
    expect(states.map(({ value }) => value)).toEqual([0, 2]);
  });

  it('no call that an open breaker turns away is a dependency', async () => {
    const memory = createMemoryApp();
    await openStorage(memory);
    const before = memory.telemetry.dependencies().filter(({ name }) => name === 'archive').length;

    await memory.github('issues', { action: 'opened' });

    const after = memory.telemetry.dependencies().filter(({ name }) => name === 'archive').length;
    expect([before, after]).toEqual([5, 5]);
  });

  it('repeats the state of every breaker once a minute, while there is traffic', async () => {
    const memory = createMemoryApp();
    const reports = () =>
      memory.telemetry.metrics().filter(({ dimensions }) => dimensions['breaker'] === 'key-vault').length;

    await memory.github('issues', { action: 'opened' });
    memory.clock.advance(59_999);
    await memory.github('issues', { action: 'opened' });
    const withinMinute = reports();
    memory.clock.advance(1);
    await memory.github('issues', { action: 'opened' });

    expect([withinMinute, reports()]).toEqual([1, 2]);
  });

  it('has the security events: a forged delivery, and a command without the admin token', async () => {
    const memory = createMemoryApp();
    memory.secrets.set('admin-token', adminToken);

    await memory.github('issues', {}, { secret: 'a-secret-of-somebody-else' });
    await command(memory.app.resetCircuitBreakers, 'not-the-token-at-all');
    await command(memory.app.resetCircuitBreakers, adminToken);

    expect(eventsNamed(memory, 'webhook.rejected')[0]?.fields).toMatchObject({
      code: 'SignatureInvalid',
      provider: 'github',
    });
    expect(eventsNamed(memory, 'operator.command-refused')[0]?.fields).toMatchObject({ outcome: 'unauthorized' });
    expect(eventsNamed(memory, 'operator.command-done')[0]?.fields).toMatchObject({
      command: 'reset-circuit-breakers',
    });
  });

  it('has an event for each run of the outbox that did something, and none for an idle one', async () => {
    const memory = createMemoryApp({ environment: { QUEUE_UNAVAILABLE: 'defer' } });
    await memory.drain();
    const idle = memory.telemetry.events().length;

    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    await memory.github('issues', { action: 'opened' });
    memory.queue.setFault(undefined);
    await memory.drain();

    expect(idle).toBe(0);
    expect(eventsNamed(memory, 'webhook.deferred')).toHaveLength(1);
    expect(eventsNamed(memory, 'outbox.drained')[0]?.fields).toMatchObject({ delivered: 1 });
  });

  it('measures every stage', async () => {
    const memory = createMemoryApp();

    await memory.github('issues', { action: 'opened' }, { secret: testSecret });

    const measured = memory.telemetry.metrics().flatMap(({ dimensions }) => dimensions['stage'] ?? []);
    expect(measured.toSorted()).toEqual(['archive', 'authenticate', 'normalize', 'read', 'route']);
  });
});

describe('a line of the log', () => {
  it('says which request it belongs to, whoever wrote it, by the id that the reply carries', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });

    const replies = [];
    for (let delivery = 0; delivery < 5; delivery += 1)
      replies.push(await memory.github('issues', { action: 'opened' }));

    const opened = memory.lines.find(({ event }) => event === 'breaker.opened');
    expect(opened?.['correlationId']).toBe(replies[4]?.headers['x-correlation-id']);
    expect(memory.lines.map(({ correlationId }) => correlationId)).not.toContain(undefined);
  });

  it('of a run of the outbox says how much is left and how old the oldest is', async () => {
    const memory = createMemoryApp({ environment: { QUEUE_UNAVAILABLE: 'defer' } });
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    for (let delivery = 0; delivery < 5; delivery += 1) {
      await memory.github('issues', { action: 'opened' }, { delivery: `delivery-${delivery}` });
    }
    memory.clock.advance(20_000);

    await memory.drain();

    const drained = memory.lines.find(({ event }) => event === 'outbox.drained');
    expect(drained).toMatchObject({ stoppedBy: 'service-bus', pending: 5, oldestSeconds: 20 });
    expect(drained?.['correlationId']).toBe('correlation-6');
  });
});

import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../../src/http/receive-webhook.js';
import { serviceBusBreakerOptions } from '../../../src/settings/azure-breaker-options.js';
import { createMemoryApp, type MemoryApp, type MemoryAppOptions } from '../../support/memory-app.js';
import { callHandler, postWebhook, type Reply } from '../../support/post-webhook.js';

const adminToken = 'an-admin-token-for-tests';
const bearer = { authorization: `Bearer ${adminToken}` };

interface Command {
  readonly name?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const send = (handler: HttpHandler, { name = '', headers = bearer, body }: Command = {}): Promise<Reply> => {
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://localhost/api/circuit-breakers',
    headers: { ...headers },
    params: { name },
    ...(body !== undefined && { body: { bytes: Buffer.from(body) } }),
  });
  return callHandler(handler, request);
};

const createOperatedApp = (options?: MemoryAppOptions): MemoryApp => {
  const memory = createMemoryApp(options);
  memory.secrets.set('admin-token', adminToken);
  return memory;
};

const openStorage = async (memory: MemoryApp): Promise<void> => {
  memory.archive.setFault({ kind: 'error', code: 'unavailable' });
  for (let delivery = 0; delivery < 5; delivery += 1) await memory.github('issues', { action: 'opened' });
  memory.archive.setFault(undefined);
};

const stateOf = async ({ app }: MemoryApp, name: string): Promise<unknown> => {
  const { json } = await send(app.breakerHealth, { headers: {} });
  const breakers: unknown = json?.['circuitBreakers'];
  return new Map(Object.entries(breakers ?? {})).get(name)?.state;
};

const auditLines = ({ lines }: MemoryApp) => lines.filter(({ event }) => String(event).startsWith('operator.'));

describe('breaker health', () => {
  it('answers state, metrics and configuration of every breaker', async () => {
    const memory = createOperatedApp();
    await openStorage(memory);

    const reply = await send(memory.app.breakerHealth, { headers: {} });

    expect(reply.status).toBe(200);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.json).toMatchObject({
      isHealthy: false,
      version: '0.0.0-test',
      instance: 'test',
      circuitBreakers: {
        'service-bus': {
          state: 'Closed',
          isHealthy: true,
          configuration: { failureThreshold: 5, maxConcurrent: null },
        },
        'blob-storage': { state: 'Open', isHealthy: false, failed: 5, consecutiveFailures: 5, retryAfterMs: 30_000 },
        'key-vault': { state: 'Closed', configuration: { failureThreshold: 3, coolDownMs: 60_000 } },
      },
    });
  });

  it('reading it changes nothing, although the cool-down is over', async () => {
    const memory = createOperatedApp();
    await openStorage(memory);
    memory.clock.advance(30_000);

    await send(memory.app.breakerHealth);

    expect(await stateOf(memory, 'blob-storage')).toBe('Open');
  });
});

describe('resetting breakers', () => {
  it('one by name: it is closed, its counters cleared, and an audit line says so', async () => {
    const memory = createOperatedApp();
    await openStorage(memory);

    const reply = await send(memory.app.resetCircuitBreaker, { name: 'blob-storage' });

    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      reset: ['blob-storage'],
      circuitBreakers: { 'blob-storage': { state: 'Closed', failed: 0, total: 0 } },
    });
    expect(auditLines(memory)).toEqual([
      {
        event: 'operator.command-done',
        command: 'reset-circuit-breaker',
        outcome: 'done',
        breakers: ['blob-storage'],
        tokenVersion: 'setting',
        correlationId: reply.headers['x-correlation-id'],
      },
    ]);
  });

  it('all at once', async () => {
    const memory = createOperatedApp();
    await openStorage(memory);

    const reply = await send(memory.app.resetCircuitBreakers);

    expect(reply.json).toMatchObject({ reset: expect.arrayContaining(['service-bus', 'blob-storage', 'key-vault']) });
    expect(await stateOf(memory, 'blob-storage')).toBe('Closed');
    expect(auditLines(memory)).toMatchObject([{ command: 'reset-circuit-breakers', outcome: 'done' }]);
  });

  it.each(['nobody', '', '__proto__', 'constructor', 'BLOB-STORAGE'])('"%s" is no breaker: 404', async (name) => {
    const memory = createOperatedApp();

    const reply = await send(memory.app.resetCircuitBreaker, { name });

    expect(reply.status).toBe(404);
    expect(reply.json).toMatchObject({ code: 'UnknownCircuitBreaker' });
    expect(auditLines(memory)).toMatchObject([{ event: 'operator.command-refused', outcome: 'unknown' }]);
  });
});

describe('changing a breaker', () => {
  const patch = (memory: MemoryApp, change: unknown, name = 'service-bus'): Promise<Reply> =>
    send(memory.app.changeCircuitBreaker, { name, body: JSON.stringify(change) });

  it('answers the whole new configuration; the audit line says what changed', async () => {
    const memory = createOperatedApp();

    const reply = await patch(memory, { failureThreshold: 7, maxConcurrent: 50 });

    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ ...serviceBusBreakerOptions, failureThreshold: 7, maxConcurrent: 50 });
    expect(Object.keys(reply.json ?? {})).toHaveLength(22);
    expect(auditLines(memory)).toMatchObject([
      {
        event: 'operator.command-done',
        command: 'change-circuit-breaker',
        breakers: ['service-bus'],
        changes: ['failureThreshold: 5 -> 7', 'maxConcurrent: off -> 50'],
      },
    ]);
  });

  it('is in force at once', async () => {
    const memory = createOperatedApp();
    await patch(memory, { failureThreshold: 1 }, 'blob-storage');
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });

    await memory.github('issues', { action: 'opened' });

    expect(await stateOf(memory, 'blob-storage')).toBe('Open');
  });

  it('values that cannot be used change nothing: 400 that names every field', async () => {
    const memory = createOperatedApp();

    const reply = await patch(memory, { coolDownMs: 5_000, failureThreshold: -1, windowMs: '1', colour: 'red' });

    expect(reply.status).toBe(400);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.json).toMatchObject({
      code: 'InvalidConfiguration',
      errors: [
        { field: 'failureThreshold', detail: 'expected a whole number from 1 to 10000' },
        { field: 'windowMs', detail: expect.stringContaining('whole milliseconds') },
        { field: 'colour', detail: expect.stringContaining('no such field') },
      ],
    });
    const { json } = await patch(memory, {});
    expect(json).toMatchObject(serviceBusBreakerOptions);
    expect(auditLines(memory)[0]).toMatchObject({
      event: 'operator.command-refused',
      outcome: 'invalid',
      breakers: ['service-bus'],
      refusedFields: ['failureThreshold', 'windowMs', 'colour'],
    });
  });

  it.each([
    ['no body', Buffer.alloc(0)],
    ['text', Buffer.from('failureThreshold=7')],
    ['truncated JSON', Buffer.from('{"failureThreshold":')],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])('%s: 400 MalformedPayload', async (_case, body) => {
    const memory = createOperatedApp();

    const reply = await send(memory.app.changeCircuitBreaker, { name: 'service-bus', body });

    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ code: 'MalformedPayload' });
    expect(auditLines(memory)).toMatchObject([{ outcome: 'invalid', breakers: ['service-bus'] }]);
  });

  it.each(['null', '[]', '"text"', '5'])('JSON that is no object (%s): 400 InvalidConfiguration', async (body) => {
    const reply = await send(createOperatedApp().app.changeCircuitBreaker, { name: 'service-bus', body });

    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ code: 'InvalidConfiguration', errors: [{ field: 'options' }] });
  });

  it('a body above 64 KB: 413', async () => {
    const body = JSON.stringify({ padding: 'x'.repeat(64 * 1024) });

    const reply = await send(createOperatedApp().app.changeCircuitBreaker, { name: 'service-bus', body });

    expect(reply.status).toBe(413);
  });

  it('thousands of unknown fields: the answer stays small', async () => {
    const change = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f${index}`, 1]));

    const reply = await patch(createOperatedApp(), change);

    expect(reply.json).toMatchObject({ detail: expect.stringContaining('5000 of the values') });
    expect(reply.body.length).toBeLessThan(64 * 1024);
  });

  it('an unknown breaker: 404', async () => {
    expect(await patch(createOperatedApp(), { failureThreshold: 7 }, 'nobody')).toMatchObject({ status: 404 });
  });
});

describe('commands without a valid admin token', () => {
  const commands = ['resetCircuitBreakers', 'resetCircuitBreaker', 'changeCircuitBreaker'] as const;
  const wrong = {
    absent: {},
    wrong: { authorization: 'Bearer another-token-for-tests' },
    'of another scheme': { authorization: 'Basic dXNlcjpwYXNz' },
    empty: { authorization: 'Bearer ' },
  };
  const cases = commands.flatMap((command) =>
    Object.entries(wrong).map(([name, headers]) => [command, name, headers] as const),
  );

  it.each(
    cases,
  )('%s with a token that is %s: 401, nothing happens, an audit line is left', async (command, _, headers) => {
    const memory = createOperatedApp();
    await openStorage(memory);

    const reply = await send(memory.app[command], { name: 'blob-storage', headers, body: '{"failureThreshold":99}' });

    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer\b/);
    expect(reply.json).toMatchObject({ code: 'Unauthorized' });
    expect(await stateOf(memory, 'blob-storage')).toBe('Open');
    const [line] = auditLines(memory);
    expect(line).toMatchObject({ event: 'operator.command-refused', outcome: 'unauthorized' });
    expect(line).toMatchObject({ correlationId: reply.headers['x-correlation-id'] });
  });

  it('every refusal has the very same body: no breaker, no bad body and no missing token can be told from it', async () => {
    const memory = createOperatedApp();
    const unconfigured = createMemoryApp();

    const bodies = new Set<string>();
    for (const [command, , headers] of cases) {
      bodies.add((await send(memory.app[command], { name: 'blob-storage', headers })).body);
      bodies.add((await send(memory.app[command], { name: 'nobody', headers, body: 'no JSON' })).body);
    }
    bodies.add((await send(unconfigured.app.resetCircuitBreakers)).body);

    expect(bodies.size).toBe(1);
  });

  it('no token configured: every command is refused', async () => {
    const memory = createMemoryApp();

    for (const command of commands) {
      expect(await send(memory.app[command], { name: 'blob-storage' })).toMatchObject({ status: 401 });
    }
  });

  it('a token below 16 bytes is as good as none', async () => {
    const memory = createMemoryApp();
    memory.secrets.set('admin-token', 'short');

    expect(await send(memory.app.resetCircuitBreakers, { headers: { authorization: 'Bearer short' } })).toMatchObject({
      status: 401,
    });
  });

  it('a former version of the token is good as long as it is live', async () => {
    const memory = createMemoryApp();
    memory.secrets.set('admin-token', [
      { version: 'two', value: 'the-new-admin-token' },
      { version: 'one', value: adminToken },
    ]);

    expect(await send(memory.app.resetCircuitBreakers)).toMatchObject({ status: 200 });
    expect(auditLines(memory)).toMatchObject([{ tokenVersion: 'one' }]);
  });

  it('vault out of reach, no token cached: 503 SecretUnavailable with Retry-After', async () => {
    const memory = createOperatedApp();
    memory.secrets.setFault({ kind: 'fail', code: 'unavailable' });

    const reply = await send(memory.app.resetCircuitBreakers);

    expect(reply.status).toBe(503);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect(reply.json).toMatchObject({ code: 'SecretUnavailable', service: 'key-vault' });
    expect(auditLines(memory)).toMatchObject([{ outcome: 'unavailable' }]);
  });

  it('vault out of reach, token cached: commands go on', async () => {
    const memory = createOperatedApp();
    await send(memory.app.resetCircuitBreakers);
    memory.secrets.setFault({ kind: 'fail', code: 'unavailable' });

    expect(await send(memory.app.resetCircuitBreakers)).toMatchObject({ status: 200 });
  });

  it('no token, right or wrong, is ever logged', async () => {
    const memory = createOperatedApp();
    await send(memory.app.resetCircuitBreakers);
    await send(memory.app.resetCircuitBreakers, { headers: { authorization: 'Bearer another-token-for-tests' } });

    const logged = JSON.stringify(memory.lines);

    expect(logged).not.toContain(adminToken);
    expect(logged).not.toContain('another-token-for-tests');
  });
});

describe('metrics', () => {
  const scrape = async ({ app }: MemoryApp): Promise<readonly string[]> => {
    const { body } = await send(app.metrics, { headers: {} });
    return body.split('\n').map((line) => line.replace(',instance_id="test"}', '}'));
  };

  it('webhooks by provider and outcome, with their sizes, durations and stages', async () => {
    const memory = createOperatedApp();
    await memory.github('issues', { action: 'opened' });
    await memory.github('issues', '{"action":');

    const lines = await scrape(memory);

    expect(lines).toContain('breakwater_webhooks_total{provider="github",outcome="accepted"} 1');
    expect(lines).toContain('breakwater_webhooks_total{provider="github",outcome="rejected"} 1');
    expect(lines).toContain('breakwater_webhooks_total{provider="github",outcome="unavailable"} 0');
    expect(lines).toContain('breakwater_webhook_problems_total{code="MalformedPayload"} 1');
    expect(lines).toContain('breakwater_webhook_payload_bytes_sum{provider="github"} 29');
    expect(lines).toContain('breakwater_webhook_duration_seconds_count{provider="github"} 2');
    for (const [stage, count] of [
      ['read', 2],
      ['authenticate', 2],
      ['normalize', 2],
      ['archive', 1],
      ['route', 1],
    ]) {
      expect(lines).toContain(`breakwater_webhook_stage_duration_seconds_count{stage="${stage}"} ${count}`);
    }
  });

  it('a degraded webhook, and the trip of the breaker that it met', async () => {
    const memory = createOperatedApp();
    await openStorage(memory);

    const lines = await scrape(memory);

    expect(lines).toContain('breakwater_webhooks_total{provider="github",outcome="degraded"} 5');
    expect(lines).toContain('breakwater_circuit_breaker_calls_total{breaker="blob-storage",outcome="failure"} 5');
    expect(lines).toContain('breakwater_circuit_breaker_transitions_total{breaker="blob-storage",to="open"} 1');
    expect(lines).toContain('breakwater_circuit_breaker_transitions_total{breaker="key-vault",to="open"} 0');
    expect(lines).toContain('breakwater_circuit_breaker_state{breaker="blob-storage",state="open"} 1');
    expect(lines).toContain('breakwater_circuit_breaker_state{breaker="blob-storage",state="closed"} 0');
    expect(lines).toContain('breakwater_circuit_breaker_state{breaker="service-bus",state="closed"} 1');
    expect(lines).toContain('breakwater_circuit_breaker_consecutive_failures{breaker="blob-storage"} 5');
  });

  it('the gates of the last resort, there and in both healths', async () => {
    const memory = createOperatedApp();
    const before = await scrape(memory);
    await openStorage(memory);
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    await memory.github('issues', { action: 'opened' });

    const lines = await scrape(memory);

    expect(before).toContain('breakwater_last_resort_calls_total{breaker="blob-storage",outcome="passed"} 0');
    expect(before).toContain('breakwater_last_resort_working{breaker="blob-storage"} 1');
    const series = lines.filter((line) => line.startsWith('breakwater_last_resort_'));
    expect(series).toHaveLength(8);
    const { json: breakers } = await send(memory.app.breakerHealth);
    const { json: deep } = await send(memory.app.deepHealth);
    const lastResort = {
      'service-bus': { waiting: 0 },
      'blob-storage': { state: 'working', waiting: 0, passed: 2, refused: 0 },
    };
    expect(breakers).toMatchObject({ lastResort });
    expect(deep).toMatchObject({ lastResort });
    expect(lines).toContain('breakwater_last_resort_calls_total{breaker="blob-storage",outcome="passed"} 2');
  });

  it('authentication failures by provider', async () => {
    const memory = createOperatedApp();
    await memory.github('issues', {}, { secret: 'another-secret-for-tests' });

    const lines = await scrape(memory);

    expect(lines).toContain('breakwater_webhook_authentication_failures_total{provider="github",reason="signature"} 1');
    expect(lines).toContain('breakwater_webhook_problems_total{code="SignatureInvalid"} 1');
  });

  it('the secret cache: looked up, cached, stale while the vault fails', async () => {
    const memory = createOperatedApp();
    await memory.github('issues', {});
    memory.secrets.setFault({ kind: 'fail', code: 'unavailable' });
    memory.clock.advance(300_000);
    await memory.github('issues', {});

    const lines = await scrape(memory);

    expect(lines).toContain('breakwater_secret_lookups_total{secret="github-webhook-secret",outcome="fresh"} 1');
    expect(lines).toContain('breakwater_secret_lookups_total{secret="github-webhook-secret",outcome="stale"} 1');
    expect(lines).toContain('breakwater_secret_cached{secret="github-webhook-secret"} 1');
    expect(lines).toContain('breakwater_secret_cached{secret="admin-token"} 0');
  });

  it("operators' commands by outcome", async () => {
    const memory = createOperatedApp();
    await send(memory.app.resetCircuitBreakers);
    await send(memory.app.resetCircuitBreakers, { headers: {} });

    const lines = await scrape(memory);

    expect(lines).toContain('breakwater_operator_commands_total{command="reset-circuit-breakers",outcome="done"} 1');
    expect(lines).toContain(
      'breakwater_operator_commands_total{command="reset-circuit-breakers",outcome="unauthorized"} 1',
    );
  });

  it('a bug is answered with a bare 500 and counted', async () => {
    const memory = createOperatedApp();
    const request = new HttpRequest({ method: 'PATCH', url: 'http://localhost', headers: { ...bearer } });
    Object.defineProperty(request, 'params', {
      get: () => {
        throw new TypeError('bug');
      },
    });

    const reply = await callHandler(memory.app.changeCircuitBreaker, request);

    expect(reply.status).toBe(500);
    expect(reply.body).not.toContain('bug');
    expect(await scrape(memory)).toContain('breakwater_internal_errors_total{instance_id="test"} 1');
    expect(auditLines(memory)).toMatchObject([{ event: 'operator.command-refused', outcome: 'failed' }]);
  });

  it('no request can add a series: labels come from the configuration alone', async () => {
    const memory = createOperatedApp();
    await memory.github('issues', {});
    const before = (await scrape(memory)).length;

    for (const name of ['nobody', 'github"} 1', 'a\nforged_total 1', 'x'.repeat(1_000)]) {
      await postWebhook(memory.app.receiveWebhook, { provider: name, headers: {}, body: Buffer.from('{}') });
      await send(memory.app.resetCircuitBreaker, { name });
      await memory.github(name.replaceAll(/[^a-z]/g, ''), { action: name }, { delivery: `d-${name.length}` });
    }

    // One series more: webhooks that named a provider that is not configured.
    expect(await scrape(memory)).toHaveLength(before + 1);
  });
});

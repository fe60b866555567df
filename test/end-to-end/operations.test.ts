import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { localFunctionKey } from '../../local/functions-host/start-functions-host.js';
import { localAdminToken } from '../../local/stack/local-secrets.js';
import { postGithub } from '../support/github-client.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

interface Asked {
  readonly key?: string;
  readonly token?: string;
  readonly body?: string | Buffer;
}

const endpoints = [
  ['GET', 'health/deep'],
  ['GET', 'circuit-breakers/health'],
  ['GET', 'metrics'],
  ['POST', 'circuit-breakers/reset'],
  ['POST', 'circuit-breakers/blob-storage/reset'],
  ['PATCH', 'circuit-breakers/blob-storage'],
] as const;

const commands = endpoints.filter(([method]) => method !== 'GET');
const reports = endpoints.filter(([method]) => method === 'GET');

const operator = { key: localFunctionKey, token: localAdminToken };

const parseJson = (text: string): Answer['json'] => (text.startsWith('{') ? JSON.parse(text) : {});

const breakersIn = ({ json }: Answer) => new Map(Object.entries(json['circuitBreakers'] ?? {}));

describe('operations through the running host', () => {
  let stack: RunningStack;
  let sent = 0;

  const ask = async (method: string, path: string, { key, token, body }: Asked = {}): Promise<Answer> => {
    const response = await fetch(`${stack.hostUrl}/api/${path}`, {
      method,
      headers: {
        ...(key !== undefined && { 'x-functions-key': key }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: Buffer.from(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parseJson(text) };
  };

  const report = (path: string): Promise<Answer> => ask('GET', path, { key: localFunctionKey });

  const patch = (breaker: string, change: unknown): Promise<Answer> =>
    ask('PATCH', `circuit-breakers/${breaker}`, { ...operator, body: JSON.stringify(change) });

  const sendWebhook = async (): Promise<number> => {
    sent += 1;
    const body = JSON.stringify({ action: 'opened' });
    return (await postGithub(stack.hostUrl, { event: 'issues', body, delivery: `operations-${sent}` })).status;
  };

  const metric = async (series: string): Promise<number> => {
    const { text } = await report('metrics');
    const plain = text.replaceAll(/,?instance_id="[^"]*"/g, '').split('\n');
    return Number(plain.find((line) => line.startsWith(`${series} `))?.slice(series.length));
  };

  beforeAll(async () => {
    stack = await startStack({ args: ['--enable-auth'] });
  });

  afterAll(async () => {
    await stack?.stop();
  });

  test('the vault out of reach and the admin token never read: 503, and nothing is done', async () => {
    await stack.setFault('key-vault', 'refuse');
    const answer = await ask('POST', 'circuit-breakers/reset', operator);
    await stack.setFault('key-vault', 'none');

    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ code: 'SecretUnavailable', service: 'key-vault' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await ask('POST', 'circuit-breakers/reset', operator)).toMatchObject({ status: 200 });
  });

  test.each(
    endpoints,
  )('%s %s: without the function key, or with a wrong one, the host refuses', async (method, path) => {
    const token = localAdminToken;

    const absent = await ask(method, path, { token });
    const empty = await ask(method, path, { token, key: '' });
    const wrong = await ask(method, path, { token, key: 'another-key' });
    const inQuery = await ask(method, `${path}?code=another-key`, { token });

    expect([absent, empty, wrong, inQuery].map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect([absent, empty, wrong, inQuery].map(({ text }) => text)).toEqual(['', '', '', '']);
  });

  test.each(reports)('%s %s: the function key is enough, as header or in the query', async (method, path) => {
    const byHeader = await ask(method, path, { key: localFunctionKey });
    const byQuery = await ask(method, `${path}?code=${localFunctionKey}`);

    expect([byHeader.status, byQuery.status]).toEqual([200, 200]);
    expect(byHeader.headers.get('cache-control')).toBe('no-store');
  });

  test.each(commands)('%s %s: the function key is not enough, the admin token must be right', async (method, path) => {
    const body = '{"failureThreshold":99}';
    const key = localFunctionKey;

    const absent = await ask(method, path, { key, body });
    const wrong = await ask(method, path, { key, body, token: 'another-admin-token' });
    const keyAsToken = await ask(method, path, { key, body, token: localFunctionKey });

    for (const answer of [absent, wrong, keyAsToken]) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b/);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.json).toMatchObject({ code: 'Unauthorized' });
      expect(answer.text).toBe(absent.text);
    }
    expect(breakersIn(await report('circuit-breakers/health')).get('blob-storage')).toMatchObject({
      configuration: { failureThreshold: 5 },
    });
  });

  test('deep health with probes touches every dependency', async () => {
    const expected = {
      status: 200,
      json: {
        status: 'healthy',
        checks: {
          service_bus_probe: { healthy: true },
          blob_storage_probe: { healthy: true },
          key_vault_probe: { healthy: true },
        },
      },
    };

    // Degraded until the warm-up has read every secret.
    await expect.poll(() => report('health/deep?probe=true')).toMatchObject(expected);
  });

  test('a breaker is changed, trips at the new threshold, is seen everywhere, and is reset', async () => {
    const openings = 'breakwater_circuit_breaker_transitions_total{breaker="blob-storage",to="open"}';
    const openedBefore = await metric(openings);
    const changed = await patch('blob-storage', { failureThreshold: 1, operationTimeoutMs: 1_000 });
    await stack.setFault('blob-storage', 'refuse');
    const status = await sendWebhook();
    const deep = await report('health/deep');
    const tripped = breakersIn(await report('circuit-breakers/health')).get('blob-storage');
    const opened = await metric(openings);
    await stack.setFault('blob-storage', 'none');
    const reset = await ask('POST', 'circuit-breakers/blob-storage/reset', operator);

    expect(changed.status).toBe(200);
    expect(changed.json).toMatchObject({ failureThreshold: 1, operationTimeoutMs: 1_000, coolDownMs: 30_000 });
    expect(status).toBe(202);
    expect(deep.json).toMatchObject({
      status: 'degraded',
      checks: { blob_storage_circuit: { message: 'State: Open' } },
    });
    expect(tripped).toMatchObject({ state: 'Open', configuration: { failureThreshold: 1 } });
    // What the app does beside the webhook may have failed with it.
    expect(z.object({ failed: z.number() }).parse(tripped).failed).toBeGreaterThan(0);
    expect(opened).toBe(openedBefore + 1);
    expect(reset.status).toBe(200);
    expect(breakersIn(reset).get('blob-storage')).toMatchObject({ state: 'Closed', failed: 0 });
    expect(await metric('breakwater_circuit_breaker_state{breaker="blob-storage",state="closed"}')).toBe(1);
    expect(await sendWebhook()).toBe(202);
    expect(await patch('blob-storage', { failureThreshold: 5, operationTimeoutMs: 10_000 })).toMatchObject({
      status: 200,
    });
  });

  test.each([
    ['no body', '', 'MalformedPayload'],
    ['text', 'failureThreshold=1', 'MalformedPayload'],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x00]), 'MalformedPayload'],
    ['a list', '[{"failureThreshold":1}]', 'InvalidConfiguration'],
    ['a number as text', '{"failureThreshold":"1"}', 'InvalidConfiguration'],
    ['an unknown field', '{"failureTreshold":1}', 'InvalidConfiguration'],
    ['a value out of range', '{"coolDownMs":0}', 'InvalidConfiguration'],
    ['a number too large for JSON', '{"coolDownMs":1e999}', 'InvalidConfiguration'],
  ])('a change that is %s: 400, and nothing is changed', async (_case, body, code) => {
    const answer = await ask('PATCH', 'circuit-breakers/key-vault', { ...operator, body });

    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code });
    expect(breakersIn(await report('circuit-breakers/health')).get('key-vault')).toMatchObject({
      configuration: { failureThreshold: 3, coolDownMs: 60_000 },
    });
  });

  test('a change above 64 KB: 413; a breaker that does not exist: 404', async () => {
    const large = await patch('key-vault', { padding: 'x'.repeat(70_000) });
    const unknown = await patch('nobody', { failureThreshold: 1 });
    const alsoUnknown = await ask('POST', 'circuit-breakers/nobody/reset', operator);

    expect([large.status, unknown.status, alsoUnknown.status]).toEqual([413, 404, 404]);
    expect(unknown.json).toMatchObject({ code: 'UnknownCircuitBreaker' });
  });

  test('metrics tell of webhooks, payloads, stages and secrets, in the text format of Prometheus', async () => {
    const before = await metric('breakwater_webhooks_total{provider="github",outcome="accepted"}');

    await sendWebhook();
    const { headers, text } = await report('metrics');

    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const isLine = /^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{[^{}]*\})? ([-+\d.eInf]+|Nan)|)$/;
    expect(text.split('\n').filter((line) => !isLine.test(line))).toEqual([]);
    expect(await metric('breakwater_webhooks_total{provider="github",outcome="accepted"}')).toBe(before + 1);
    expect(await metric('breakwater_webhook_payload_bytes_count{provider="github"}')).toBe(sent);
    expect(await metric('breakwater_webhook_stage_duration_seconds_count{stage="archive"}')).toBe(sent);
    expect(await metric('breakwater_secret_cached{secret="admin-token"}')).toBe(1);
  });

  test('every command has left an audit line; no token and no key was ever logged', () => {
    const log = stack
      .output()
      .split('\n')
      .filter((line) => /^\[\d{4}-/.test(line))
      .join('\n');
    const lines = [...log.matchAll(/\{"event":"operator\..*\}$/gm)].map(([line]) => parseJson(line));

    for (const [event, command, outcome] of [
      ['operator.command-done', 'reset-circuit-breakers', 'done'],
      ['operator.command-done', 'change-circuit-breaker', 'done'],
      ['operator.command-refused', 'reset-circuit-breaker', 'unauthorized'],
      ['operator.command-refused', 'change-circuit-breaker', 'invalid'],
      ['operator.command-refused', 'reset-circuit-breakers', 'unavailable'],
    ]) {
      expect(lines).toContainEqual(expect.objectContaining({ event, command, outcome }));
    }
    for (const secret of ['another-admin-token', localAdminToken, localFunctionKey]) expect(log).not.toContain(secret);
  });
});

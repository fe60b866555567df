import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { github } from '../../../src/providers/github.js';
import { defineProvider } from '../../../src/providers/provider.js';
import { networkMark, quarantineName } from '../../../src/quarantine/quarantine-name.js';
import type { QuarantineStore } from '../../../src/quarantine/quarantine-store.js';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { answerTo } from '../../support/answer-to.js';
import { createMemoryApp, type MemoryApp, signGithub, testSecret } from '../../support/memory-app.js';
import { callHandler, postWebhook } from '../../support/post-webhook.js';

const down = { kind: 'fail', code: 'unavailable' } as const;
const well = { kind: 'none' } as const;
const never = new AbortController().signal;

const issue = (number: number, action = 'edited') => ({
  action,
  issue: { number },
  repository: { full_name: 'octo-org/octo-repo' },
});

/** An instance that has just started, with the vault away. */
const startCold = (options: Parameters<typeof createMemoryApp>[0] = {}): MemoryApp => {
  const memory = createMemoryApp(options);
  memory.secrets.setFault(down);
  return memory;
};

const comeBack = (memory: MemoryApp, afterMs = 60_000): Promise<void> => {
  memory.secrets.setFault(well);
  memory.clock.advance(afterMs);
  return memory.drain();
};

const delivered = ({ queue }: MemoryApp, name = 'bot-notifier'): readonly string[] =>
  queue.messages(name).map(({ body }) => JSON.parse(body.toString()).deliveryid);

const health = async ({ app }: MemoryApp) =>
  (await callHandler(app.deepHealth, new HttpRequest({ method: 'GET', url: 'http://localhost/api/health/deep' }))).json;

const counted = async ({ app }: MemoryApp): Promise<readonly string[]> => {
  const { body } = await callHandler(
    app.metrics,
    new HttpRequest({ method: 'GET', url: 'http://localhost/api/metrics' }),
  );
  return body
    .split('\n')
    .filter((line) => line.startsWith('breakwater_quarantine_deliveries_total') && !line.endsWith(' 0'))
    .map((line) => line.replace(/.*provider="(\w+)",outcome="([\w-]+)".* (\d+)$/, '$1 $2 $3'));
};

describe('quarantine: a delivery that cannot be verified now', () => {
  it('is answered 503 that says it is kept, and nothing of it reaches archive or queues', async () => {
    const memory = startCold();

    const reply = await memory.github('issues', issue(1), { delivery: 'one' });

    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toBeDefined();
    expect(reply.json).toMatchObject({ code: 'SecretUnavailable', service: 'key-vault', quarantined: true });
    expect(memory.quarantine.records().size).toBe(1);
    expect([memory.archive.names(), delivered(memory), memory.queue.messages(archiveBacklogQueue)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('is verified and delivered once the vault is back, as if it had been taken when it came', async () => {
    const memory = startCold();
    await memory.github('issues', issue(1), { delivery: 'one' });

    await comeBack(memory, 26 * 3_600_000);

    expect(delivered(memory)).toEqual(['one']);
    expect(memory.archive.names()).toEqual(['github/2026/01/01/one.json']);
    const [message] = memory.queue.messages('bot-notifier');
    expect(JSON.parse(String(message?.body))).toMatchObject({ time: '2026-01-01T00:00:00.000Z' });
    expect(memory.quarantine.records().size).toBe(0);
  });

  it('may be sent again by its sender before or after: the message is the same', async () => {
    const memory = startCold();
    await memory.github('issues', issue(1), { delivery: 'one' });
    await memory.github('issues', issue(1), { delivery: 'one' });
    memory.secrets.setFault(well);
    memory.clock.advance(60_000);
    const again = await memory.github('issues', issue(1), { delivery: 'one' });
    await memory.drain();

    expect(again.status).toBe(202);
    expect(new Set(memory.queue.messages('bot-notifier').map(({ messageId }) => messageId)).size).toBe(1);
    expect(memory.archive.names()).toHaveLength(1);
  });

  it('is not delivered once more when its sender had sent it again and it was accepted, though the queues have forgotten it', async () => {
    const memory = startCold();
    const opened = { ...issue(1), issue: { number: 1, updated_at: '2026-01-01T00:00:00Z' } };
    await memory.github('issues', opened, { delivery: 'one' });
    memory.secrets.setFault(well);
    memory.clock.advance(60_000);
    const again = await memory.github('issues', opened, { delivery: 'one' });
    memory.clock.advance(26 * 3_600_000);
    await memory.drain();

    expect(again.status).toBe(202);
    expect(delivered(memory)).toEqual(['one']);
    expect(memory.quarantine.records().size).toBe(0);
  });

  it('those of one conversation go their way in the order they came', async () => {
    const memory = startCold();
    const order = Array.from({ length: 30 }, (_, number) => `delivery-${number}`);
    for (const [number, delivery] of order.entries()) {
      await memory.github('issues', issue(number % 3), { delivery });
      if (number % 4 === 0) memory.clock.advance(7);
    }

    await comeBack(memory);

    expect(delivered(memory)).toEqual(order);
  });

  it('a forged one beside it is deleted, counted as a failed authentication, and stops nobody', async () => {
    const memory = startCold();
    await memory.github('issues', issue(1), { delivery: 'genuine-1' });
    const forged = await memory.github('issues', issue(1), { delivery: 'forged', secret: 'not the secret at all' });
    await memory.github('issues', issue(1), { delivery: 'genuine-2' });

    await comeBack(memory);

    expect(forged.json).toMatchObject({ quarantined: true });
    expect(delivered(memory)).toEqual(['genuine-1', 'genuine-2']);
    expect(memory.quarantine.records().size).toBe(0);
    expect(memory.lines).toContainEqual(
      expect.objectContaining({ event: 'webhook.rejected', code: 'SignatureInvalid', provider: 'github' }),
    );
    expect(await counted(memory)).toEqual(['github written 3', 'github released 2', 'github refused 1']);
  });

  it('ten forged ones hold up their address afterwards, as if they had failed when they came', async () => {
    const memory = startCold();
    for (let n = 0; n < 11; n += 1) await memory.github('issues', issue(n), { secret: 'not the secret at all' });
    await comeBack(memory);

    const next = await memory.github('issues', issue(1), { secret: 'not the secret at all' });

    expect(next.status).toBe(429);
  });

  it('leaves a line when it comes and the usual one when it goes its way, under one correlation id', async () => {
    const memory = startCold();
    const reply = await memory.github('issues', issue(1), { delivery: 'one' });
    await comeBack(memory);

    const correlationId = reply.headers['x-correlation-id'];
    const lines = memory.lines.filter((line) => line['correlationId'] === correlationId);
    expect(lines.map(({ event }) => event)).toEqual(['webhook.unavailable', 'webhook.accepted']);
    expect(lines[0]).toMatchObject({ quarantine: 'blob-storage' });
    expect(memory.lines).toContainEqual(expect.objectContaining({ event: 'quarantine.drained', kept: 1, refused: 0 }));
  });

  it('is seen in deep health, which is degraded while a delivery waits', async () => {
    const memory = startCold();
    await memory.github('issues', issue(1));
    memory.clock.advance(90_000);
    memory.secrets.setFault(well);
    const during = await health(memory);
    await memory.drain();

    expect(during).toMatchObject({ status: 'degraded', quarantine: { pending: 1, oldestSeconds: 90 } });
    expect(await health(memory)).toMatchObject({ quarantine: { pending: 0, oldestSeconds: 0 } });
  });

  it('is verified by the time it came, whatever the clock says later', async () => {
    const environment = { PROVIDERS: 'slack', WEBHOOK_SECRET_SLACK: testSecret };
    const memory = startCold({ environment });
    memory.secrets.set('slack-webhook-secret', testSecret);
    const body = Buffer.from('{"type":"event_callback","team_id":"T1","event_id":"E1","event":{"type":"message"}}');
    const timestamp = String(memory.clock.epochMs() / 1000);
    const signature = signGithub(Buffer.concat([Buffer.from(`v0:${timestamp}:`), body]), testSecret).replace(
      'sha256',
      'v0',
    );
    const headers = {
      'content-type': 'application/json',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    };
    const stale = { ...headers, 'x-slack-request-timestamp': String(Number(timestamp) - 400) };

    await postWebhook(memory.app.receiveWebhook, { provider: 'slack', headers, body });
    await postWebhook(memory.app.receiveWebhook, { provider: 'slack', headers: stale, body });
    await comeBack(memory, 5 * 3_600_000);

    expect(memory.queue.messages('bot-notifier')).toHaveLength(1);
    expect(memory.quarantine.records().size).toBe(0);
  });
});

describe('quarantine: what is not written down', () => {
  it('nothing, with QUARANTINE=off', async () => {
    const memory = startCold({ environment: { QUARANTINE: 'off' } });

    const reply = await memory.github('issues', issue(1));

    expect(reply.status).toBe(503);
    expect(reply.json).not.toHaveProperty('quarantined');
    expect(memory.quarantine.records().size).toBe(0);
  });

  it('a delivery whose secret the vault says is missing: only its operator can help', async () => {
    const memory = createMemoryApp();
    memory.secrets.remove('github-webhook-secret');

    const reply = await memory.github('issues', issue(1));

    expect(reply.status).toBe(503);
    expect(reply.json).not.toHaveProperty('quarantined');
  });

  it('what finds no room: a plain 503, without a call', async () => {
    const memory = startCold({ environment: { QUARANTINE_MAX_DELIVERIES: '4', QUARANTINE_ADDRESS_PERCENT: '50' } });
    const replies = [];
    for (let n = 0; n < 4; n += 1) replies.push(await memory.github('issues', issue(n)));
    const callsBefore = memory.quarantine.calls('create');
    await memory.github('issues', issue(5));

    expect(replies.map(({ status, json }) => [status, json?.['quarantined']])).toEqual([
      [503, true],
      [503, true],
      [503, undefined],
      [503, undefined],
    ]);
    expect(memory.quarantine.calls('create')).toBe(callsBefore);
    expect(memory.lines.at(-1)).toMatchObject({ event: 'webhook.unavailable', quarantine: 'full' });
  });

  it('a flood of forged ones from one network takes no room from genuine ones of others', async () => {
    const memory = startCold({ environment: { QUARANTINE_MAX_DELIVERIES: '40' } });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const signature = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    const genuine: number[] = [];
    for (let n = 0; n < 60; n += 1) {
      await memory.github('issues', issue(n), { headers: { ...from(`2001:db8:0:7::${n}`), ...signature } });
      if (n % 10 !== 9) continue;
      const { json } = await memory.github('issues', issue(1_000), {
        delivery: `g-${n}`,
        headers: from(`192.30.252.${n}`),
      });
      if (json?.['quarantined'] === true) genuine.push(n);
    }
    await comeBack(memory);

    expect(genuine).toEqual([9, 19, 29, 39, 49, 59]);
    expect(delivered(memory)).toEqual(genuine.map((n) => `g-${n}`));
  });

  it('one that is larger than all that may wait', async () => {
    const memory = startCold({ environment: { QUARANTINE_MAX_BYTES: '10000' } });

    const reply = await memory.github('issues', { ...issue(1), padding: 'x'.repeat(6_000) });

    expect(reply.json).not.toHaveProperty('quarantined');
  });

  it('what comes from outside the allowed ranges', async () => {
    const memory = startCold({ environment: { SOURCE_RANGES_GITHUB: '192.30.252.0/22' } });
    const outside = await memory.github('issues', issue(1), { headers: { 'x-forwarded-for': '203.0.113.7' } });
    const inside = await memory.github('issues', issue(1), { headers: { 'x-forwarded-for': '192.30.252.9' } });

    expect([outside.json?.['quarantined'], inside.json?.['quarantined']]).toEqual([undefined, true]);
  });

  it('cookies, function keys and what proxies add, of a delivery that is', async () => {
    const memory = startCold();
    await memory.github('issues', issue(1), {
      headers: { cookie: 'session=do-not-keep', 'x-functions-key': 'do-not-keep', authorization: 'Bearer do-not-keep' },
    });

    const [record] = memory.quarantine.records().values();
    expect(String(record)).toContain('x-hub-signature-256');
    expect(String(record)).not.toContain('do-not-keep');
  });
});

describe('quarantine: while storage fails, too', () => {
  it('the backlog queue keeps it, from where the timer brings it into quarantine', async () => {
    const memory = startCold();
    memory.quarantine.setFault({ kind: 'error', code: 'unavailable' });
    const reply = await memory.github('issues', issue(1), { delivery: 'one' });
    const backlogged = memory.backlog.waiting().length;
    memory.quarantine.setFault(undefined);
    await comeBack(memory);
    await memory.drain();

    expect([reply.json?.['quarantined'], backlogged]).toEqual([true, 1]);
    expect(delivered(memory)).toEqual(['one']);
    expect(memory.backlog.waiting()).toEqual([]);
    expect(memory.backlog.deadLetters().size).toBe(0);
  });

  it('with neither store it is a plain 503', async () => {
    const memory = startCold();
    memory.quarantine.setFault({ kind: 'error', code: 'unavailable' });
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await memory.github('issues', issue(1));

    expect(reply.status).toBe(503);
    expect(reply.json).not.toHaveProperty('quarantined');
    expect(memory.lines.at(-1)).toMatchObject({ quarantine: 'failed' });
  });

  it('storage that is well again keeps it, though its breaker is still open', async () => {
    const memory = startCold();
    memory.quarantine.setFault({ kind: 'error', code: 'unavailable' });
    for (let n = 0; n < 5; n += 1) await memory.github('issues', issue(n), { delivery: `before-${n}` });
    memory.quarantine.setFault(undefined);
    memory.clock.advance(3_000);
    const checks = (await health(memory))?.['checks'];

    const reply = await memory.github('issues', issue(1), { delivery: 'one' });

    expect(checks).toMatchObject({ blob_storage_circuit: { message: 'State: Open' } });
    expect(reply.json).toMatchObject({ quarantined: true });
    expect(memory.lines.findLast(({ event }) => event === 'webhook.unavailable')).toMatchObject({
      quarantine: 'blob-storage',
    });
  });

  it('only a tenth of the room is given away to the backlog, whose queue others need', async () => {
    const memory = startCold({ environment: { QUARANTINE_MAX_DELIVERIES: '40' } });
    memory.quarantine.setFault({ kind: 'error', code: 'unavailable' });

    for (let n = 0; n < 10; n += 1) await memory.github('issues', issue(n));

    expect(memory.backlog.waiting()).toHaveLength(2);
  });

  it('what does not fit a message is a plain 503', async () => {
    const memory = startCold({ environment: { MAX_MESSAGE_BYTES: '4096' } });
    memory.quarantine.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await memory.github('issues', { ...issue(1), padding: 'x'.repeat(4_096) });

    expect(reply.json).not.toHaveProperty('quarantined');
  });
});

describe('quarantine: the timer', () => {
  it('leaves everything alone while the vault is still away', async () => {
    const memory = startCold();
    await memory.github('issues', issue(1));
    await memory.drain();

    expect(memory.quarantine.records().size).toBe(1);
    expect(memory.quarantine.calls('lease')).toBe(0);
    expect(memory.lines).toContainEqual(
      expect.objectContaining({ event: 'quarantine.drained', stoppedBy: ['github: no-secret'] }),
    );
  });

  it('stops a provider at the first delivery that no store takes, and goes on there later, in order', async () => {
    const memory = startCold();
    for (const delivery of ['one', 'two', 'three']) await memory.github('issues', issue(1), { delivery });
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    await answerTo(memory, comeBack(memory));
    const during = memory.quarantine.records().size;
    memory.archive.setFault(undefined);
    memory.queue.setFault(undefined);
    memory.clock.advance(60_000);
    await memory.drain();

    expect(during).toBe(3);
    expect(delivered(memory)).toEqual(['one', 'two', 'three']);
  });

  it('takes what is archived and owed for kept', async () => {
    const memory = startCold();
    await memory.github('issues', issue(1), { delivery: 'one' });
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    await comeBack(memory);
    const owed = memory.outbox.records().size;
    memory.queue.setFault(undefined);
    memory.clock.advance(60_000);
    await memory.drain();

    expect([owed, memory.quarantine.records().size]).toEqual([1, 0]);
    expect(delivered(memory)).toEqual(['one']);
  });

  const steps: readonly (keyof QuarantineStore)[] = ['list', 'lease', 'read', 'remove', 'release'];

  it.each(steps)('killed while it calls %s, another run ends it: everything arrives, nothing twice', async (step) => {
    const memory = startCold();
    for (const delivery of ['one', 'two']) await memory.github('issues', issue(1), { delivery });
    memory.quarantine.setFault({ kind: 'error', code: 'unavailable' }, step);
    await comeBack(memory);
    memory.quarantine.setFault(undefined, step);
    memory.clock.advance(60_000);
    await memory.drain();

    const ids = memory.queue.messages('bot-notifier').map(({ messageId }) => messageId);
    expect([...new Set(ids)]).toHaveLength(2);
    expect([...new Set(delivered(memory))]).toEqual(['one', 'two']);
    expect(memory.quarantine.records().size).toBe(0);
  });

  it('leaves a provider to another instance that has one of its records, until that one’s lease has ended', async () => {
    const memory = startCold();
    await memory.github('issues', issue(1), { delivery: 'one' });
    const [name = ''] = memory.quarantine.records().keys();
    await memory.quarantine.lease(name, never);
    memory.secrets.setFault(well);
    await memory.drain();
    const during = delivered(memory);
    memory.clock.advance(60_000);
    await memory.drain();

    expect(during).toEqual([]);
    expect(delivered(memory)).toEqual(['one']);
    expect(memory.lines).toContainEqual(
      expect.objectContaining({ event: 'quarantine.drained', stoppedBy: ['github: another-instance'] }),
    );
  });

  it('of two instances at once delivers everything, nothing twice, in order', async () => {
    const memory = startCold();
    const order = Array.from({ length: 20 }, (_, number) => `delivery-${number}`);
    for (const delivery of order) await memory.github('issues', issue(1), { delivery });
    const other = createMemoryApp({ beside: memory });
    memory.secrets.setFault(well);
    memory.clock.advance(60_000);

    await Promise.all([memory.drain(), other.drain()]);
    await memory.drain();

    expect(delivered(memory)).toEqual(order);
    expect(memory.quarantine.records().size).toBe(0);
  });

  it('judges nothing by the fallback, which is one version only: it waits for the vault', async () => {
    const environment = {
      KeyVault__vaultUri: 'https://127.0.0.1:8443',
      WEBHOOK_SECRET_GITHUB: 'another-version-of-the-secret',
    };
    const memory = startCold({ environment });
    const receivedAt = new Date(memory.clock.epochMs());
    const cold = startCold();
    await cold.github('issues', issue(1), { delivery: 'one' });
    const [bytes = Buffer.alloc(0)] = cold.quarantine.records().values();
    const network = networkMark('unknown');
    const name = quarantineName({ provider: 'github', receivedAt, network, sequence: 1, unique: 'x' });
    await memory.quarantine.create(name, bytes, never);
    await memory.drain();
    const during = memory.quarantine.records().size;
    await comeBack(memory);

    expect(during).toBe(1);
    expect(delivered(memory)).toEqual(['one']);
  });

  it('puts aside what is no record of ours, says so, and goes on', async () => {
    const memory = startCold();
    const receivedAt = new Date(memory.clock.epochMs() - 1_000);
    const network = networkMark('unknown');
    const name = quarantineName({ provider: 'github', receivedAt, network, sequence: 1, unique: 'x' });
    await memory.quarantine.create(name, Buffer.from('{"version":7}\n{}'), never);
    await memory.github('issues', issue(1), { delivery: 'one' });

    await comeBack(memory);

    expect([...memory.quarantine.records().keys()]).toEqual([`aside/${name}`]);
    expect(delivered(memory)).toEqual(['one']);
    expect(memory.lines).toContainEqual(
      expect.objectContaining({ event: 'quarantine.put-aside', record: name, reason: 'unreadable' }),
    );
  });

  it('puts aside what brings a bug out, so that it holds up nobody', async () => {
    const buggy = defineProvider({
      ...github,
      name: 'acme',
      describe: (delivery, payload) => {
        if (delivery.headers.get('x-github-delivery') === 'poison') throw new TypeError('a bug in a provider');
        return github.describe(delivery, payload);
      },
    });
    const environment = { PROVIDERS: 'acme', WEBHOOK_SECRET_ACME: testSecret };
    const memory = startCold({ environment, ownProviders: [buggy] });
    memory.secrets.set('acme-webhook-secret', testSecret);
    for (const delivery of ['poison', 'one']) {
      const body = Buffer.from(JSON.stringify(issue(1)));
      const headers = {
        'content-type': 'application/json',
        'x-github-event': 'issues',
        'x-github-delivery': delivery,
        'x-hub-signature-256': signGithub(body, testSecret),
      };
      await postWebhook(memory.app.receiveWebhook, { provider: 'acme', headers, body });
    }
    const [name = ''] = memory.quarantine.records().keys();

    await comeBack(memory);

    expect([...memory.quarantine.records().keys()]).toEqual([`aside/${name}`]);
    expect(delivered(memory)).toEqual(['one']);
    expect(memory.lines).toContainEqual(
      expect.objectContaining({ event: 'quarantine.put-aside', record: name, reason: 'TypeError' }),
    );
  });

  it('puts aside after three days what no secret came for', async () => {
    const memory = startCold();
    await memory.github('issues', issue(1), { delivery: 'old' });
    memory.clock.advance(3 * 86_400_000 - 1_000);
    await memory.github('issues', issue(1), { delivery: 'young' });
    memory.clock.advance(1_000);
    await memory.drain();

    const names = [...memory.quarantine.records().keys()];
    expect(names.map((name) => name.startsWith('aside/')).toSorted()).toEqual([false, true]);
    expect(memory.lines).toContainEqual(expect.objectContaining({ event: 'quarantine.put-aside', reason: 'too-old' }));
  });

  it('a provider that was switched off meanwhile waits for its operator', async () => {
    const memory = startCold();
    const receivedAt = new Date(memory.clock.epochMs());
    const network = networkMark('unknown');
    const name = quarantineName({ provider: 'slack', receivedAt, network, sequence: 1, unique: 'x' });
    await memory.quarantine.create(name, Buffer.from('whatever'), never);

    await comeBack(memory);

    expect([...memory.quarantine.records().keys()]).toEqual([name]);
  });
});

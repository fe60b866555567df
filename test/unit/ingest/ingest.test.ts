import { createHash } from 'node:crypto';
import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { extractData } from '../../../src/envelope/extract-data.js';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { answerTo } from '../../support/answer-to.js';
import { createMemoryApp, mergeWarden, notifier, testSecret } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

const opened = {
  action: 'opened',
  number: 42,
  pull_request: { number: 42 },
  repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
};

describe('ingest: healthy', () => {
  it('archives the raw bytes and routes the event to every bot that wants it', async () => {
    const { github, archive, queue } = createMemoryApp();

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(202);
    expect(reply.json).toEqual({
      id: 'b16b00b5-0000-4000-8000-000000000001',
      type: 'github.pull_request.opened',
      status: 'accepted',
      archived: true,
      routedTo: ['merge-warden', 'notifier'],
      degraded: [],
      duplicate: false,
      correlationId: 'correlation-1',
    });
    const [name = ''] = archive.names();
    expect(name).toBe('github/2026/01/01/b16b00b5-0000-4000-8000-000000000001.json');
    expect((await archive.read(name, AbortSignal.timeout(1000)))?.body.toString()).toBe(JSON.stringify(opened));
    const [message] = queue.messages(mergeWarden.queue);
    const sha256 = createHash('sha256').update(JSON.stringify(opened)).digest('hex');
    expect(message?.messageId).toBe(`github:b16b00b5-0000-4000-8000-000000000001:${sha256}`);
    expect(message?.sessionId).toBe('octo-org/octo-repo/pull_request/42');
    expect(message?.subject).toBe('github.pull_request.opened');
    expect(message?.applicationProperties).toMatchObject({
      bot: 'merge-warden',
      event: 'pull_request',
      action: 'opened',
    });
  });

  it('the payload reaches the queue byte for byte', async () => {
    const { github, queue } = createMemoryApp();
    const text =
      '{ "action":"opened", "big": 820982911946154508, "f": 1.10, "E": 1E400, "esc": "\\u001B\\/", "a":1, "a":2 }';

    await github('pull_request', text);

    const [message] = queue.messages(notifier.queue);
    const data = extractData(message?.body ?? Buffer.alloc(0));
    expect(data).toMatchObject({ kind: 'json' });
    expect('bytes' in data && data.bytes.toString()).toBe(text);
  });

  it('a form-encoded delivery travels as base64, byte for byte', async () => {
    const { github, queue } = createMemoryApp();
    const form = `payload=${encodeURIComponent(JSON.stringify(opened))}`;

    const reply = await github('pull_request', form, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });

    expect(reply.json).toMatchObject({ type: 'github.pull_request.opened', routedTo: ['merge-warden', 'notifier'] });
    const data = extractData(queue.messages(notifier.queue)[0]?.body ?? Buffer.alloc(0));
    expect(data).toMatchObject({ kind: 'binary' });
    expect('bytes' in data && data.bytes.toString()).toBe(form);
  });

  it('the same delivery again is a duplicate, sent again under the same message id', async () => {
    const { github, queue } = createMemoryApp();
    await github('pull_request', opened);

    const again = await github('pull_request', opened);

    expect(again.json).toMatchObject({ status: 'accepted', duplicate: true, routedTo: ['merge-warden', 'notifier'] });
    expect(queue.messages(mergeWarden.queue)).toHaveLength(1);
  });

  it('a ping is archived and goes only to bots that name it', async () => {
    const watcher = { ...notifier, name: 'watcher', queue: 'bot-watcher', events: ['github.ping'] };
    const { github, archive } = createMemoryApp({ bots: [notifier, watcher] });

    const reply = await github('ping', { zen: 'Keep it logically awesome.', hook_id: 1 });

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ type: 'github.ping', routedTo: ['watcher'], archived: true });
    expect(archive.names()).toHaveLength(1);
  });

  it('an event that no bot wants is archived and accepted', async () => {
    const { github, archive } = createMemoryApp({ bots: [mergeWarden] });

    const reply = await github('star', { action: 'created' });

    expect(reply.json).toMatchObject({ status: 'accepted', routedTo: [], archived: true });
    expect(archive.names()).toHaveLength(1);
  });

  it('a payload too large for a message waits for the archive and travels as a claim check', async () => {
    const { github, queue } = createMemoryApp({ environment: { MAX_MESSAGE_BYTES: '4096' } });
    const large = { ...opened, padding: 'x'.repeat(5000) };

    const reply = await github('pull_request', large);

    expect(reply.json).toMatchObject({ archived: true, routedTo: ['merge-warden', 'notifier'] });
    const envelope = JSON.parse(queue.messages(mergeWarden.queue)[0]?.body.toString() ?? '{}');
    expect(envelope).not.toHaveProperty('data');
    expect(envelope.dataref).toContain('github/2026/01/01/b16b00b5');
    expect(envelope.datasize).toBe(JSON.stringify(large).length);
  });

  it('a payload that would fit, but not with its envelope around it, travels as a claim check', async () => {
    const { github, queue } = createMemoryApp({ environment: { MAX_MESSAGE_BYTES: '4096' } });
    const padding = 4_000 - JSON.stringify({ ...opened, padding: '' }).length;

    await github('pull_request', { ...opened, padding: 'x'.repeat(padding) });

    expect(JSON.parse(queue.messages(mergeWarden.queue)[0]?.body.toString() ?? '{}')).toHaveProperty('dataref');
  });

  it("the caller's trace is continued in the envelope", async () => {
    const { github, queue } = createMemoryApp();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    await github('pull_request', opened, { headers: { traceparent } });

    const envelope = JSON.parse(queue.messages(notifier.queue)[0]?.body.toString() ?? '{}');
    expect(envelope.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(queue.messages(notifier.queue)[0]?.applicationProperties['Diagnostic-Id']).toBe(envelope.traceparent);
  });
});

describe('ingest: storage fails', () => {
  it('the event is accepted and routed, and its copy waits in the archive backlog', async () => {
    const { github, archive, queue } = createMemoryApp();
    archive.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({
      status: 'accepted',
      archived: false,
      degraded: ['blob-storage'],
      routedTo: ['merge-warden', 'notifier'],
    });
    const [backlogged] = queue.messages(archiveBacklogQueue);
    const data = extractData(backlogged?.body ?? Buffer.alloc(0));
    expect('bytes' in data && data.bytes.toString()).toBe(JSON.stringify(opened));
    expect(backlogged?.applicationProperties).toMatchObject({ signaturestatus: 'verified', event: 'pull_request' });
  });

  it('an event that no bot wants has the archive backlog for its durable copy', async () => {
    const { github, archive, queue } = createMemoryApp({ bots: [] });
    archive.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await github('star', { action: 'created' });

    expect(reply.status).toBe(202);
    expect(queue.messages(archiveBacklogQueue)).toHaveLength(1);
  });

  it('an event that no bot wants, without archive or backlog, is not acknowledged', async () => {
    const memory = createMemoryApp({ bots: [] });
    const { github, archive, queue } = memory;
    archive.setFault({ kind: 'error', code: 'unavailable' });
    queue.setFault({ kind: 'error', code: 'queue-missing' }, archiveBacklogQueue);

    const reply = await answerTo(memory, github('star', { action: 'created' }));

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'PayloadNotStorable', service: 'blob-storage' });
  });

  it('a missing backlog queue does not turn away an event that every bot already holds', async () => {
    const { github, archive, queue } = createMemoryApp();
    archive.setFault({ kind: 'error', code: 'unavailable' });
    queue.setFault({ kind: 'error', code: 'queue-missing' }, archiveBacklogQueue);

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ archived: false, degraded: ['blob-storage'] });
  });

  it('a missing backlog queue beside a missing bot queue leaves no copy that could be served: not acknowledged', async () => {
    const memory = createMemoryApp({ queues: [notifier.queue] });
    const { github, archive } = memory;
    archive.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await answerTo(memory, github('pull_request', opened));

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'PayloadNotStorable' });
  });

  it('a payload that does not fit a message is not acknowledged', async () => {
    const memory = createMemoryApp({ environment: { MAX_MESSAGE_BYTES: '4096' } });
    const { github, archive, queue } = memory;
    archive.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await answerTo(memory, github('pull_request', { ...opened, padding: 'x'.repeat(5000) }));

    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(reply.json).toMatchObject({ code: 'PayloadNotStorable', archived: false });
    expect(queue.messages(mergeWarden.queue)).toEqual([]);
  });

  it('a body of 20 MB, which the host needs four seconds to read, is answered so much sooner: GitHub hears within its ten', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'hang' });
    const startedMs = memory.clock.monotonicMs();

    const reply = await answerTo(
      memory,
      memory.github('pull_request', { ...opened, padding: 'x'.repeat(20 * 2 ** 20) }),
    );

    expect(reply.status).toBe(503);
    expect(memory.clock.monotonicMs() - startedMs).toBeLessThan(9_000 - 19 * 220);
  });

  it('after five failures nobody waits for storage, which hangs', async () => {
    const { github, archive, clock, app } = createMemoryApp();
    archive.setFault({ kind: 'hang' });
    for (let n = 0; n < 5; n += 1) {
      const waiting = github('pull_request', opened, { delivery: `waits-${n}` });
      await settled();
      clock.advance(4_500);
      expect((await waiting).status).toBe(202);
    }

    const reply = await github('pull_request', opened, { delivery: 'does-not-wait' });

    expect(reply.json).toMatchObject({ status: 'accepted', degraded: ['blob-storage'] });
    expect(app).toBeDefined();
  });
});

describe('ingest: Service Bus fails', () => {
  it('nothing is acknowledged, though the payload is archived', async () => {
    const { github, queue, archive } = createMemoryApp();
    queue.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(reply.json).toMatchObject({ code: 'QueueingFailed', service: 'service-bus', archived: true });
    expect(archive.names()).toHaveLength(1);
  });

  it('with its breaker open the reply says when to come back', async () => {
    const { github, queue } = createMemoryApp({ bots: [notifier] });
    queue.setFault({ kind: 'error', code: 'unavailable' });
    for (let n = 0; n < 5; n += 1) await github('pull_request', opened, { delivery: `fails-${n}` });

    const reply = await github('pull_request', opened, { delivery: 'refused-at-once' });

    expect(reply.json).toMatchObject({ code: 'CircuitBreakerOpen', service: 'service-bus', retryAfterSeconds: 30 });
    expect(reply.headers['retry-after']).toBe('30');
  });

  it("one bot's missing queue is the operator's fault: the others have the event and the sender gets 202", async () => {
    const { github, queue } = createMemoryApp({ queues: [notifier.queue] });

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ routedTo: ['notifier'], degraded: ['bot:merge-warden'], archived: true });
    expect(queue.messages(notifier.queue)).toHaveLength(1);
  });

  it("one bot's missing queue never opens the breaker for the others", async () => {
    const { github } = createMemoryApp({ queues: [notifier.queue] });
    for (let n = 0; n < 10; n += 1) await github('pull_request', opened, { delivery: `half-${n}` });

    const reply = await github('pull_request', opened, { delivery: 'still-routed' });

    expect(reply.json).toMatchObject({ routedTo: ['notifier'] });
  });

  it("one queue that refuses the app's identity is that bot's trouble: nobody gets 503, and the outbox owes the copy", async () => {
    const { github, queue, outbox, app } = createMemoryApp();
    queue.setFault({ kind: 'error', code: 'unauthorized' }, mergeWarden.queue);
    for (let number = 0; number < 10; number += 1) {
      await github('pull_request', { ...opened, pull_request: { number } }, { delivery: `no-role-${number}` });
    }

    const reply = await github('pull_request', opened, { delivery: 'still-routed' });

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ status: 'accepted', routedTo: ['notifier'], degraded: ['bot:merge-warden'] });
    expect(outbox.records().get('2026/01/01/00/still-routed.json')).toMatchObject({
      owed: [{ bot: 'merge-warden' }],
      history: [{ bot: 'merge-warden', reason: 'queue-unauthorized' }],
    });
    const health = await callHandler(app.breakerHealth, new HttpRequest({ method: 'GET', url: 'http://localhost/' }));
    expect(health.json?.['circuitBreakers']).toMatchObject({
      'queue:bot-merge-warden': { state: 'Open', failed: 3 },
      'service-bus': { state: 'Closed', failed: 0 },
    });
  });

  it('an event for that bot alone is accepted as well, and does no harm to the events of others', async () => {
    const { github, queue } = createMemoryApp({ bots: [mergeWarden, { ...notifier, events: ['github.issues'] }] });
    queue.setFault({ kind: 'error', code: 'unauthorized' }, mergeWarden.queue);
    const alone = [];
    for (let n = 0; n < 8; n += 1) alone.push(await github('pull_request', opened, { delivery: `no-role-${n}` }));

    const other = await github('issues', { action: 'opened' }, { delivery: 'for-the-other' });

    expect(alone.map(({ status }) => status)).toEqual(Array(8).fill(202));
    expect(other.json).toMatchObject({ status: 'accepted', routedTo: ['notifier'], degraded: [] });
  });

  it("when every queue refuses the app's identity, it is the service", async () => {
    const { github, queue, app } = createMemoryApp();
    queue.setFault({ kind: 'error', code: 'unauthorized' });
    for (let n = 0; n < 5; n += 1) await github('pull_request', opened, { delivery: `refused-${n}` });

    const reply = await github('pull_request', opened, { delivery: 'refused-at-once' });

    expect(reply.json).toMatchObject({ code: 'CircuitBreakerOpen', archived: true, deferred: true });
    const health = await callHandler(app.breakerHealth, new HttpRequest({ method: 'GET', url: 'http://localhost/' }));
    expect(health.json?.['circuitBreakers']).toMatchObject({ 'service-bus': { state: 'Open' } });
  });

  it("a missing queue is not asked again for every event, and shows in the operators' list", async () => {
    const { github, app } = createMemoryApp({ queues: [notifier.queue] });
    for (let number = 0; number < 4; number += 1) {
      await github('pull_request', { ...opened, pull_request: { number } }, { delivery: `isolated-${number}` });
    }

    const reply = await callHandler(app.breakerHealth, new HttpRequest({ method: 'GET', url: 'http://localhost/' }));

    const breakers = reply.json?.['circuitBreakers'];
    expect(breakers).toMatchObject({
      'queue:bot-merge-warden': { state: 'Open', failed: 3, rejected: 1 },
      'queue:bot-notifier': { state: 'Closed' },
      'service-bus': { state: 'Closed' },
    });
  });

  it('with storage failing too, nothing is acknowledged', async () => {
    const memory = createMemoryApp();
    const { github, queue, archive } = memory;
    queue.setFault({ kind: 'error', code: 'unavailable' });
    archive.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await answerTo(memory, github('pull_request', opened));

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'QueueingFailed', archived: false });
  });
});

describe('ingest: Key Vault fails', () => {
  it('a cached secret still verifies', async () => {
    const { github, secrets, clock } = createMemoryApp();
    await github('pull_request', opened);
    secrets.setFault({ kind: 'fail', code: 'unavailable' });
    clock.advance(3_600_000);

    const reply = await github('pull_request', opened, { delivery: 'with-a-stale-secret' });

    expect(reply.status).toBe(202);
  });

  it('without a cached secret nothing is accepted unverified', async () => {
    const { github, secrets, archive } = createMemoryApp();
    secrets.setFault({ kind: 'fail', code: 'unavailable' });

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'SecretUnavailable', service: 'key-vault' });
    expect(archive.names()).toEqual([]);
  });

  it('any of the live versions verifies, and the log says which one did', async () => {
    const { github, secrets, lines } = createMemoryApp();
    secrets.set('github-webhook-secret', [
      { version: 'new', value: 'the-secret-of-tomorrow' },
      { version: 'old', value: testSecret },
    ]);

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(202);
    expect(lines.find(({ event }) => event === 'webhook.accepted')).toMatchObject({ secretVersion: 'old' });
  });
});

describe('ingest: a secret that was changed in the vault', () => {
  const rotated = 'the-new-secret-of-the-sender';

  it('verifies at once what is signed with it, ten seconds after the last look', async () => {
    const { clock, github, secrets } = createMemoryApp();
    await github('star', { action: 'created' });
    secrets.set('github-webhook-secret', rotated);
    const early = await github('star', { action: 'created' }, { delivery: 'early', secret: rotated });
    clock.advance(10_000);
    const late = await github('star', { action: 'created' }, { delivery: 'late', secret: rotated });
    const old = await github('star', { action: 'created' }, { delivery: 'old' });

    expect([early.status, late.status, old.status]).toEqual([401, 202, 401]);
  });

  it('and cannot be used is no reason to take a genuine delivery for a forged one: 503', async () => {
    const { clock, github, secrets } = createMemoryApp();
    await github('star', { action: 'created' });
    secrets.set('github-webhook-secret', `${rotated}\n`);
    clock.advance(10_000);

    const reply = await github('star', { action: 'created' }, { secret: rotated });

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'SecretUnavailable' });
  });

  it('is asked for once in ten seconds, however many forged deliveries come', async () => {
    const memory = createMemoryApp();
    const { liveVersions } = memory.secrets;
    let asked = 0;
    Object.assign(memory.secrets, {
      liveVersions: (...args: Parameters<typeof liveVersions>) => {
        asked += 1;
        return liveVersions(...args);
      },
    });
    await memory.github('star', { action: 'created' });
    for (let second = 0; second < 60; second += 1) {
      await Promise.all(
        Array.from({ length: 20 }, () => memory.github('star', {}, { secret: 'not the secret at all' })),
      );
      memory.clock.advance(1_000);
    }

    expect(asked).toBeLessThanOrEqual(7);
  });

  it('while the vault hangs nobody waits more than a second to hear that a delivery is forged', async () => {
    const memory = createMemoryApp();
    await memory.github('star', { action: 'created' });
    memory.secrets.setFault({ kind: 'hang' });
    memory.clock.advance(10_000);

    const forged = memory.github('star', {}, { secret: 'not the secret at all' });
    await settled();
    memory.clock.advance(1_000);

    expect((await forged).status).toBe(401);
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { QueueMessage } from '../../../src/routing/event-queue.js';
import { createMemoryApp, type MemoryApp, notifier } from '../../support/memory-app.js';

const delivery = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
const issue = (installation: number) => ({
  action: 'opened',
  issue: { number: 7 },
  installation: { id: installation },
});

const held = ({ queue }: MemoryApp): readonly QueueMessage[] => queue.messages(notifier.queue);

describe('identity of an event', () => {
  it('two hooks that share a GUID and differ in their bodies are two events for every bot', async () => {
    const app = createMemoryApp({ bots: [notifier] });

    const replies = [
      await app.github('issues', issue(1), { delivery }),
      await app.github('issues', issue(2), { delivery }),
    ];

    expect(replies.map(({ json }) => json)).toMatchObject([
      { id: delivery, routedTo: ['notifier'], duplicate: false },
      { id: delivery, routedTo: ['notifier'], duplicate: false },
    ]);
    expect(held(app).map(({ body }) => JSON.parse(body.toString()).data.installation.id)).toEqual([1, 2]);
  });

  it('the same bytes under the same GUID are one message, however often they come', async () => {
    const app = createMemoryApp({ bots: [notifier] });

    await app.github('issues', issue(1), { delivery });
    await app.github('issues', issue(2), { delivery });
    const repeats = [
      await app.github('issues', issue(1), { delivery }),
      await app.github('issues', issue(2), { delivery }),
    ];

    expect(repeats.map(({ json }) => json)).toMatchObject([{ duplicate: true }, { duplicate: true }]);
    expect(held(app)).toHaveLength(2);
  });

  it('leaves a warning when other bytes come under an id that the archive holds, once for each of them', async () => {
    const app = createMemoryApp({ bots: [notifier] });

    for (const n of [1, 1, 2, 2]) await app.github('issues', issue(n), { delivery });

    const warnings = app.lines.filter(({ event }) => event === 'archive.conflict');
    const [, beside] = app.archive.names();
    expect(app.archive.names()).toHaveLength(2);
    expect(warnings).toMatchObject([
      { id: delivery, provider: 'github', type: 'github.issues.opened', archivedAs: beside },
    ]);
    expect(warnings).toEqual([expect.objectContaining({ correlationId: 'correlation-3' })]);
  });

  it('a claim check of a conflict leads to its own bytes', async () => {
    const app = createMemoryApp({ bots: [notifier], environment: { MAX_MESSAGE_BYTES: '4096' } });
    const large = (n: number) => ({ ...issue(n), text: 'x'.repeat(5_000) });

    for (const n of [1, 2]) await app.github('issues', large(n), { delivery });

    const envelopes = held(app).map(({ body }) => JSON.parse(body.toString()));
    const urls = envelopes.map(({ dataref }) => String(dataref));
    const stored = await Promise.all(
      urls.map((url) => app.archive.read(url.replace('memory://webhook-payloads/', ''), AbortSignal.timeout(1_000))),
    );
    expect(new Set(urls).size).toBe(2);
    expect(stored.map((each) => JSON.parse(String(each?.body)).installation.id)).toEqual([1, 2]);
    expect(stored.map((each) => each?.metadata['sha256'])).toEqual(envelopes.map(({ datasha256 }) => datasha256));
  });

  it('two conflicting events that are owed are two records, and both are delivered', async () => {
    const app = createMemoryApp({ bots: [notifier], environment: { QUEUE_UNAVAILABLE: 'defer' } });
    app.queue.setFault({ kind: 'error', code: 'unavailable' });

    for (const n of [1, 2, 1, 2]) await app.github('issues', issue(n), { delivery });

    expect(app.outbox.records().size).toBe(2);
    app.queue.setFault(undefined);
    await app.drain();
    expect(held(app)).toHaveLength(2);
    expect(app.outbox.records().size).toBe(0);
  });

  it('leaves the same warning when the other bytes came on another day, once for each of them', async () => {
    const app = createMemoryApp({ bots: [notifier] });

    await app.github('issues', issue(1), { delivery });
    app.clock.advance(30 * 3_600_000);
    for (const n of [1, 2, 2, 3]) await app.github('issues', issue(n), { delivery });
    app.clock.advance(24 * 3_600_000);
    for (const n of [1, 2]) await app.github('issues', issue(n), { delivery });

    const warnings = app.lines.filter(({ event }) => event === 'archive.conflict');
    expect(warnings.map(({ correlationId, otherOn }) => [correlationId, otherOn])).toEqual([
      ['correlation-3', undefined],
      ['correlation-5', undefined],
      ['correlation-7', undefined],
    ]);
  });

  it('tells on which day the other bytes came, whatever event and whether it is archived yet', async () => {
    const app = createMemoryApp({ bots: [notifier] });
    await app.github('workflow_dispatch', { inputs: null, ref: 'a', workflow: 'w' }, { delivery });
    app.clock.advance(24 * 3_600_000);
    app.archive.setFault({ kind: 'error', code: 'unavailable' });

    await app.github('workflow_dispatch', { inputs: null, ref: 'b', workflow: 'w' }, { delivery });
    await app.github('workflow_dispatch', { inputs: null, ref: 'b', workflow: 'w' }, { delivery });

    const warnings = app.lines.filter(({ event }) => event === 'archive.conflict');
    expect(warnings).toEqual([expect.objectContaining({ id: delivery, otherOn: '2026-01-01' })]);
    expect(warnings[0]).not.toHaveProperty('archivedAs');
    expect(held(app)).toHaveLength(2);
  });

  it('leaves no warning of another day where the record is switched off', async () => {
    const app = createMemoryApp({ bots: [notifier], environment: { BODY_RECORD: 'off' } });

    await app.github('issues', issue(1), { delivery });
    app.clock.advance(24 * 3_600_000);
    await app.github('issues', issue(2), { delivery });

    expect(app.lines.filter(({ event }) => event === 'archive.conflict')).toEqual([]);
    expect(held(app)).toHaveLength(2);
  });

  it('a conflict on another day reaches every bot and is archived under that day', async () => {
    const app = createMemoryApp({ bots: [notifier] });

    await app.github('issues', issue(1), { delivery });
    app.clock.advance(24 * 3_600_000);
    const reply = await app.github('issues', issue(2), { delivery });

    expect(reply.json).toMatchObject({ routedTo: ['notifier'], duplicate: false });
    expect(held(app)).toHaveLength(2);
    expect(app.archive.names().map((name) => name.slice(0, 17))).toEqual(['github/2026/01/01', 'github/2026/01/02']);
  });

  it('a message brings the same id by way of the outbox as straight from the webhook', async () => {
    const app = createMemoryApp({ bots: [notifier], environment: { QUEUE_UNAVAILABLE: 'defer' } });
    app.queue.setFault({ kind: 'error', code: 'unavailable' });
    for (const n of [1, 2]) await app.github('issues', issue(n), { delivery });
    app.queue.setFault(undefined);

    await app.drain();
    for (const n of [1, 2]) await app.github('issues', issue(n), { delivery });

    const hashes = [1, 2].map((n) =>
      createHash('sha256')
        .update(JSON.stringify(issue(n)))
        .digest('hex'),
    );
    expect(
      held(app)
        .map(({ messageId }) => messageId)
        .toSorted(),
    ).toEqual(hashes.map((sha256) => `github:${delivery}:${sha256}`).toSorted());
  });
});

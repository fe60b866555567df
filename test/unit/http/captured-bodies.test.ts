import { describe, expect, it } from 'vitest';
import type { Dependencies } from '../../../src/composition/dependencies.js';
import { createMemoryBodyLog, type SharedParts } from '../../support/memory/body-log.js';
import { createMemoryApp, type MemoryApp, notifier } from '../../support/memory-app.js';

const first = 'b16b00b5-0000-4000-8000-000000000001';
const another = 'b16b00b5-0000-4000-8000-000000000002';
const sender = { login: 'octocat' };
const repository = { id: 1, full_name: 'octo-org/octo-repo' };
const release = { action: 'opened', issue: { number: 7, updated_at: '2026-01-01T00:00:00Z' }, repository, sender };
const dispatch = { action: 'deploy', branch: 'main', client_payload: {}, repository, sender };

const received = ({ queue }: MemoryApp): number => queue.messages(notifier.queue).length;

const isWaiting = (work: Promise<unknown>): Promise<boolean> =>
  Promise.race([work.then(() => false), new Promise<true>((resolve) => setImmediate(() => resolve(true)))]);

describe('a genuine body that somebody sends again', () => {
  it('under another id is answered as a duplicate, kept, told in the log and given to no bot', async () => {
    const memory = createMemoryApp();
    await memory.github('issues', release, { delivery: first });

    const reply = await memory.github('issues', release, { delivery: another });

    expect(reply).toMatchObject({ status: 202, json: { id: another, duplicate: true, routedTo: [], archived: true } });
    expect(received(memory)).toBe(1);
    expect(memory.archive.names()).toHaveLength(2);
    expect(memory.lines.at(-1)).toMatchObject({ event: 'webhook.accepted', repeatedBody: true });
  });

  it('under an event name that nothing is known of is recognized, too', async () => {
    const memory = createMemoryApp();
    await memory.github('issues', release, { delivery: first });

    const reply = await memory.github('quantum_merge', release, { delivery: another });

    expect(reply).toMatchObject({ status: 202, json: { duplicate: true, routedTo: [] } });
    expect(received(memory)).toBe(1);
  });

  it('without an id is recognized', async () => {
    const memory = createMemoryApp();
    await memory.github('issues', release, { delivery: first });

    await memory.github('issues', release, { headers: { 'x-github-delivery': '' } });

    expect(received(memory)).toBe(1);
  });

  it('under its own id is the ordinary repeat: it is routed again under the same message id', async () => {
    const memory = createMemoryApp();
    const one = await memory.github('issues', release, { delivery: first });

    const reply = await memory.github('issues', release, { delivery: first });

    expect(reply.json).toMatchObject({ duplicate: true, routedTo: one.json?.['routedTo'] });
    expect(memory.lines.at(-1)).not.toHaveProperty('repeatedBody');
  });

  it('of an event whose bytes may come twice is another event: both reach the bot', async () => {
    const memory = createMemoryApp();

    await memory.github('repository_dispatch', dispatch, { delivery: first });
    await memory.github('repository_dispatch', dispatch, { delivery: another });

    expect(received(memory)).toBe(2);
  });

  it('that says nothing of its one occurrence may be another event, too', async () => {
    const memory = createMemoryApp();
    const fragment = { action: 'opened', issue: { number: 7 }, repository };

    await memory.github('issues', fragment, { delivery: first });
    await memory.github('issues', fragment, { delivery: another });

    expect(received(memory)).toBe(2);
  });

  it('that is a published sample, with a date long ago, may be sent again and again', async () => {
    const memory = createMemoryApp();
    const sample = { ...release, issue: { number: 7, updated_at: '2019-05-15T15:20:18Z' } };

    await memory.github('issues', sample, { delivery: first });
    await memory.github('issues', sample, { delivery: another });

    expect(received(memory)).toBe(2);
  });

  it('that was answered 503 and is nowhere is not taken for seen', async () => {
    const memory = createMemoryApp();
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });
    const sending = memory.github('issues', release, { delivery: first });
    while (await isWaiting(sending)) memory.clock.advance(100);
    const refused = await sending;
    memory.queue.setFault(undefined);
    memory.archive.setFault(undefined);

    const reply = await memory.github('issues', release, { delivery: another });

    expect(refused.status).toBe(503);
    expect(reply.json).toMatchObject({ duplicate: false, routedTo: ['notifier'] });
  });

  it('that was answered 503 and is brought by the outbox reaches the bot once', async () => {
    const memory = createMemoryApp();
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    const refused = await memory.github('issues', release, { delivery: first });
    memory.queue.setFault(undefined);

    const reply = await memory.github('issues', release, { delivery: another });
    await memory.drain();

    expect(refused).toMatchObject({ status: 503, json: { deferred: true } });
    expect(reply.json).toMatchObject({ duplicate: true, routedTo: [] });
    expect(received(memory)).toBe(1);
  });

  it('while storage fails is archived later as what it is, so that a replay gives it to no bot either', async () => {
    const memory = createMemoryApp();
    await memory.github('issues', release, { delivery: first });
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });
    const reply = await memory.github('issues', release, { delivery: another });
    memory.archive.setFault(undefined);
    memory.clock.advance(60_000);
    await memory.drain();

    const statuses = await Promise.all(
      memory.archive.names().map(async (name) => {
        const stored = await memory.archive.read(name, AbortSignal.timeout(1_000));
        return [stored?.metadata['id'], stored?.metadata['signaturestatus']];
      }),
    );

    expect(reply).toMatchObject({ status: 202, json: { archived: false, routedTo: [] } });
    expect(Object.fromEntries(statuses)).toEqual({ [first]: 'verified', [another]: 'repeated-body' });
  });

  it('is another event where the record is switched off', async () => {
    const memory = createMemoryApp({ environment: { BODY_RECORD: 'off' } });
    await memory.github('issues', release, { delivery: first });

    await memory.github('issues', release, { delivery: another });

    expect(received(memory)).toBe(2);
  });

  it('to another instance is recognized once that instance has looked', async () => {
    const parts: SharedParts = new Map();
    const logged = (name: string) => ({
      wrap: (given: Dependencies) => ({ ...given, bodyLog: createMemoryBodyLog(parts, name) }),
    });
    const one = createMemoryApp(logged('one'));
    const other = createMemoryApp({ ...logged('other'), beside: one });
    await one.github('issues', release, { delivery: first });
    one.clock.advance(2_000);
    await new Promise((resolve) => setImmediate(resolve));
    await other.github('issues', { ...release, action: 'closed' }, { delivery: 'x' });
    await new Promise((resolve) => setImmediate(resolve));

    const reply = await other.github('issues', release, { delivery: another });

    expect(reply.json).toMatchObject({ duplicate: true, routedTo: [] });
  });
});

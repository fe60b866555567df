import { describe, expect, it } from 'vitest';
import { ArchiveError } from '../../../../src/archive/archive-error.js';
import { archiveBacklogQueue } from '../../../../src/routing/event-queue.js';
import { eventIdIn } from '../../../support/event-id-in.js';
import { createMemoryApp, type MemoryApp, mergeWarden, notifier } from '../../../support/memory-app.js';

const never = new AbortController().signal;
const storageDown = { kind: 'error', code: 'unavailable' } as const;
const text = '{ "action":"opened", "big": 820982911946154508, "f": 1.10, "esc": "\\u001B\\/", "a":1, "a":2 }\n';

const lastLine = ({ lines }: MemoryApp) => lines.findLast(({ event }) => event === 'archive-backlog.drained');

/** Deliveries that come while storage fails. */
const backlog = async (app: MemoryApp, ids: readonly string[]): Promise<void> => {
  app.archive.setFault(storageDown);
  for (const id of ids) await app.github('pull_request', text, { delivery: id });
  app.archive.setFault(undefined);
};

const closeBreaker = (app: MemoryApp): void => app.clock.advance(30_000);

describe('archive backlog', () => {
  it('what storage missed is in the archive afterwards, byte for byte, as if nothing had happened', async () => {
    const direct = createMemoryApp();
    await direct.github('pull_request', text, { delivery: 'one' });
    const app = createMemoryApp();
    await backlog(app, ['one']);

    await app.drain();

    const name = 'github/2026/01/01/one.json';
    const expected = await direct.archive.read(name, never);
    const stored = await app.archive.read(name, never);
    expect(stored?.body.toString()).toBe(text);
    expect(stored?.contentType).toBe(expected?.contentType);
    expect({ ...stored?.metadata, traceparent: '' }).toEqual({ ...expected?.metadata, traceparent: '' });
    expect(app.backlog.waiting()).toEqual([]);
  });

  it('a form comes out as it came in', async () => {
    const app = createMemoryApp();
    const form = `payload=${encodeURIComponent(text)}`;
    app.archive.setFault(storageDown);
    await app.github('pull_request', form, {
      delivery: 'form',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    app.archive.setFault(undefined);

    await app.drain();

    const stored = await app.archive.read('github/2026/01/01/form.json', never);
    expect(stored?.body.toString()).toBe(form);
    expect(stored?.contentType).toBe('application/x-www-form-urlencoded');
  });

  it('many are emptied in one run, which leaves one line', async () => {
    const app = createMemoryApp({ bots: [notifier] });
    await backlog(
      app,
      Array.from({ length: 60 }, (_, n) => `event-${n}`),
    );
    closeBreaker(app);

    await app.drain();

    expect(app.archive.names()).toHaveLength(60);
    expect(lastLine(app)).toMatchObject({ archived: 60, deadLettered: 0 });
  });

  it('while storage fails no message is received, so that none runs out of deliveries', async () => {
    const app = createMemoryApp();
    await backlog(app, ['waits']);
    app.archive.setFault(storageDown);

    for (let run = 0; run < 20; run += 1) {
      await app.drain();
      app.clock.advance(30_000);
    }

    const [message] = app.queue.messages(archiveBacklogQueue);
    expect(message !== undefined && app.backlog.deliveries(message)).toBe(0);
    expect(lastLine(app)).toMatchObject({ archived: 0, stoppedBy: 'blob-storage' });
  });

  it('storage that fails in the middle ends the run, and the rest is given back', async () => {
    const app = createMemoryApp({ bots: [] });
    await backlog(
      app,
      Array.from({ length: 40 }, (_, n) => `event-${n}`),
    );
    closeBreaker(app);
    const { put } = app.archive;
    let puts = 0;
    const failing: typeof put = (payload, signal) => {
      puts += 1;
      if (puts === 20) app.archive.setFault(storageDown);
      return put(payload, signal);
    };
    Object.assign(app.archive, { put: failing });

    await app.drain();
    const afterFirst = app.archive.names().length;
    Object.assign(app.archive, { put });
    app.archive.setFault(undefined);
    closeBreaker(app);
    await app.drain();

    expect(afterFirst).toBeLessThan(40);
    expect(app.archive.names()).toHaveLength(40);
    expect(app.backlog.waiting()).toEqual([]);
  });

  it('a message is completed only after the archive has its payload: a repeat is harmless', async () => {
    const app = createMemoryApp();
    await backlog(app, ['once']);
    const { open } = app.backlog;
    let completions = 0;
    const forgetful: typeof open = () => {
      const link = open();
      return {
        ...link,
        receive: async (limit, signal) =>
          (await link.receive(limit, signal)).map((message) => ({
            ...message,
            complete: (inner) => {
              completions += 1;
              return completions === 1 ? Promise.reject(new Error('killed')) : message.complete(inner);
            },
          })),
      };
    };
    Object.assign(app.backlog, { open: forgetful });

    await app.drain();
    expect(app.archive.names()).toHaveLength(1);
    expect(app.backlog.waiting()).toHaveLength(1);
    await app.drain();

    expect(app.backlog.waiting()).toEqual([]);
    expect(app.archive.names()).toHaveLength(1);
  });

  it('copies that are owed leave the backlog for the outbox, and reach their queue in the same run', async () => {
    const queues = [notifier.queue, archiveBacklogQueue];
    const app = createMemoryApp({ queues });
    await backlog(app, ['owed']);
    queues.push(mergeWarden.queue);

    await app.drain();

    expect(app.queue.messages(mergeWarden.queue).map(eventIdIn)).toEqual(['owed']);
    expect(app.queue.messages(mergeWarden.queue)[0]?.body).toEqual(app.queue.messages(notifier.queue)[0]?.body);
  });

  it('copies that cannot be put into the outbox yet keep the message where it is', async () => {
    const app = createMemoryApp({ queues: [notifier.queue, archiveBacklogQueue] });
    await backlog(app, ['owed']);
    app.outbox.setFault(storageDown, 'create');

    await app.drain();

    expect(app.backlog.waiting()).toHaveLength(1);
  });

  it.each([
    ['no envelope', { body: Buffer.from('hello') }, 'not-an-envelope'],
    ['an envelope without data', { body: Buffer.from('{"specversion":"1.0"}') }, 'not-an-envelope'],
    ['other bytes than were hashed', { applicationProperties: { sha256: '0'.repeat(64) } }, 'payload-changed'],
    ['owed copies nobody can read', { applicationProperties: { owed: '{' } }, 'owed-unreadable'],
  ])('%s is put aside with its reason, and holds nobody up', async (_, change, reason) => {
    const app = createMemoryApp({ bots: [notifier] });
    await backlog(app, ['template']);
    const [template] = app.queue.messages(archiveBacklogQueue);
    if (template === undefined) throw new Error('nothing waits');
    const applicationProperties = {
      ...template.applicationProperties,
      ...('applicationProperties' in change && change.applicationProperties),
    };
    await app.queue.send(
      archiveBacklogQueue,
      { ...template, ...change, applicationProperties, messageId: 'odd' },
      never,
    );
    await backlog(app, ['after']);

    await app.drain();

    expect([...app.backlog.deadLetters().values()]).toEqual([reason]);
    expect(app.archive.names()).toEqual(['github/2026/01/01/template.json', 'github/2026/01/01/after.json']);
  });

  it('while Service Bus fails nothing happens', async () => {
    const app = createMemoryApp();
    await backlog(app, ['waits']);
    app.backlog.setFault('unavailable');

    await app.drain();

    expect(lastLine(app)).toMatchObject({ archived: 0, stoppedBy: 'service-bus' });
    expect(app.archive.names()).toEqual([]);
  });
});

describe('archive backlog: one message that storage refuses', () => {
  it('holds up none of the others, and is put aside with its reason after ten receipts', async () => {
    const app = createMemoryApp({ bots: [notifier] });
    await backlog(app, ['well-1', 'poison', 'well-2']);
    closeBreaker(app);
    const { put } = app.archive;
    Object.assign(app.archive, {
      put: (...args: Parameters<typeof put>) =>
        args[0].attributes.id === 'poison' ? Promise.reject(new ArchiveError('refused', 'On purpose')) : put(...args),
    });

    await app.drain();
    expect(app.archive.names()).toHaveLength(2);
    expect(lastLine(app)).not.toHaveProperty('stoppedBy');
    for (let run = 0; run < 9; run += 1) await app.drain();

    expect([...app.backlog.deadLetters().values()]).toEqual(['refused-by-storage']);
    expect(app.backlog.waiting()).toEqual([]);
  });
});

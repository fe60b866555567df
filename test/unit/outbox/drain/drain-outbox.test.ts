import { describe, expect, it } from 'vitest';
import { ArchiveError } from '../../../../src/archive/archive-error.js';
import { leaseSeconds } from '../../../../src/outbox/record/outbox-store.js';
import { QueueError, type QueueErrorCode } from '../../../../src/routing/queue-error.js';
import { eventIdIn } from '../../../support/event-id-in.js';
import {
  createMemoryApp,
  type MemoryApp,
  type MemoryAppOptions,
  mergeWarden,
  notifier,
} from '../../../support/memory-app.js';

const pullRequest = (number: number, action = 'opened') => ({
  action,
  pull_request: { number },
  repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
});

const never = new AbortController().signal;

/** An app that answers 202 to what it defers, with the Service Bus breaker too patient to open by itself. */
const patient = (options: MemoryAppOptions = {}): MemoryApp =>
  createMemoryApp({
    ...options,
    environment: {
      QUEUE_UNAVAILABLE: 'defer',
      CircuitBreaker__serviceBus__failureThreshold: '100',
      ...options.environment,
    },
  });

const failing = (code: QueueErrorCode) => ({ kind: 'error', code }) as const;
const storageDown = { kind: 'error', code: 'unavailable' } as const;

/** Deferred deliveries `name-0`, `name-1`… of one pull request each `stepMs` apart. */
const defer = async (app: MemoryApp, names: readonly string[], number = 42, queue?: string): Promise<void> => {
  app.queue.setFault(failing('unavailable'), queue);
  for (const name of names) {
    await app.github('pull_request', pullRequest(number), { delivery: name });
    app.clock.advance(1_000);
  }
  app.queue.setFault(undefined, queue);
};

/** The queues that something is sent to from now on. */
const watchSends = ({ queue }: MemoryApp): readonly string[] => {
  const sends: string[] = [];
  const { send } = queue;
  const watched: typeof send = (name, ...rest) => {
    sends.push(name);
    return send(name, ...rest);
  };
  Object.assign(queue, { send: watched });
  return sends;
};

/** Sends one message meant for `queue` to `elsewhere`, whose faults the test switches. */
const divert = ({ queue }: MemoryApp, id: string, elsewhere: string): (() => void) => {
  const { send } = queue;
  const diverted: typeof send = (name, message, signal) =>
    send(eventIdIn(message) === id && name === mergeWarden.queue ? elsewhere : name, message, signal);
  Object.assign(queue, { send: diverted });
  return () => Object.assign(queue, { send });
};

/** Listings that show nothing but names, as they do of records that are too long: each has to be read. */
const showNames = ({ outbox }: MemoryApp): void => {
  const { list } = outbox;
  const bare: typeof list = async (...args) => {
    const { records, ...rest } = await list(...args);
    return { ...rest, records: records.map(({ name, time }) => ({ name, time })) };
  };
  Object.assign(outbox, { list: bare });
};

const idsIn = ({ queue }: MemoryApp, name: string) => queue.messages(name).map(eventIdIn);
const lastLine = ({ lines }: MemoryApp, event: string) => lines.findLast((line) => line['event'] === event);

describe('drain: deferred events', () => {
  it('every bot gets the very message it would have got, byte for byte', async () => {
    const direct = createMemoryApp();
    await direct.github('pull_request', pullRequest(42), {
      headers: { tracestate: 'a=1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
    });
    const app = patient();
    app.queue.setFault(failing('unavailable'));
    await app.github('pull_request', pullRequest(42), {
      headers: { tracestate: 'a=1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
    });
    app.queue.setFault(undefined);

    await app.drain();

    for (const { queue } of [mergeWarden, notifier]) {
      const [expected] = direct.queue.messages(queue);
      const [message] = app.queue.messages(queue);
      const withoutSpan = (body: Buffer | undefined) => body?.toString().replaceAll(/-[0-9a-f]{16}-01/g, '-span-01');
      expect(withoutSpan(message?.body)).toBe(withoutSpan(expected?.body));
      expect({
        ...message,
        body: '',
        applicationProperties: Object.keys(message?.applicationProperties ?? {}),
      }).toEqual({
        ...expected,
        body: '',
        applicationProperties: Object.keys(expected?.applicationProperties ?? {}),
      });
    }
    expect(app.outbox.records().size).toBe(0);
  });

  it.each([
    ['a claim check', { padding: 'x'.repeat(5_000) }, {}],
    [
      'a form',
      `payload=${encodeURIComponent(JSON.stringify(pullRequest(1)))}`,
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
  ])('%s is delivered as it would have been', async (_, payload, headers) => {
    const app = patient({ environment: { MAX_MESSAGE_BYTES: '4096' } });
    await app.github('pull_request', payload, { delivery: 'at-once', headers });
    app.queue.setFault(failing('unavailable'));
    await app.github('pull_request', payload, { delivery: 'deferred', headers });
    app.queue.setFault(undefined);

    await app.drain();

    const [atOnce, deferred] = app.queue.messages(notifier.queue).map(({ body }) => JSON.parse(body.toString()));
    expect(Object.keys(deferred)).toEqual(Object.keys(atOnce));
    expect(deferred).toMatchObject({ id: 'deferred', time: atOnce.time });
    expect(deferred.data_base64).toBe(atOnce.data_base64);
    expect(deferred.dataref).toBe(atOnce.dataref?.replace('at-once', 'deferred'));
    expect([deferred.datasha256, deferred.datasize]).toEqual([atOnce.datasha256, atOnce.datasize]);
  });

  it.each([
    ['shows the records', () => {}],
    ['shows names alone', showNames],
  ])('the order within a session is the order of arrival, whatever the ids, when the listing %s', async (_, list) => {
    const app = patient();
    await defer(app, ['z', 'm', 'a', 'q', 'b']);
    list(app);

    await app.drain();

    expect(idsIn(app, mergeWarden.queue)).toEqual(['z', 'm', 'a', 'q', 'b']);
  });

  it('bots that have the event are not sent it again', async () => {
    const app = patient();
    await defer(app, ['only-for-one'], 42, mergeWarden.queue);
    const sends = watchSends(app);

    await app.drain();

    expect(sends).toEqual([mergeWarden.queue]);
  });

  it('one line tells what the run did', async () => {
    const app = patient();
    await defer(app, ['a', 'b']);

    await app.drain();

    expect(lastLine(app, 'outbox.drained')).toMatchObject({ delivered: 4, deadLettered: 0, failed: 0, taken: 0 });
    expect(app.lines.filter(({ event }) => event === 'outbox.drained')).toHaveLength(1);
  });
});

describe('drain: Service Bus still fails', () => {
  it('the run stops at once when the breaker opens, and what is owed stays owed without using up an attempt', async () => {
    const app = createMemoryApp({ environment: { QUEUE_UNAVAILABLE: 'defer', OUTBOX_MAX_AGE_SECONDS: '1' } });
    await defer(
      app,
      Array.from({ length: 30 }, (_, n) => `event-${n}`),
    );
    app.clock.advance(60_000);
    app.queue.setFault(failing('unavailable'));
    const sends = watchSends(app);

    await app.drain();

    expect(sends).toHaveLength(1);
    expect(lastLine(app, 'outbox.drained')).toMatchObject({ delivered: 0, deadLettered: 0, stoppedBy: 'service-bus' });
    expect(app.outbox.records().size).toBe(30);
    expect(app.outbox.deadLetters().size).toBe(0);
  });

  it('with the breaker open nothing is touched', async () => {
    const app = createMemoryApp();
    await defer(app, ['a', 'b', 'c', 'd', 'e']);
    app.outbox.setFault(storageDown);

    await app.drain();

    expect(lastLine(app, 'outbox.drained')).toMatchObject({ stoppedBy: 'service-bus' });
    app.outbox.setFault(undefined);
    app.clock.advance(30_000);
    await app.drain();
    expect(idsIn(app, mergeWarden.queue)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('a copy that fails holds up the later ones of its session, and nobody else', async () => {
    const app = patient();
    await defer(app, ['first', 'second'], 42);
    await defer(app, ['other-session'], 43);
    const restore = divert(app, 'first', 'bot-failing');
    app.queue.setFault(failing('throttled'), 'bot-failing');

    await app.drain();

    expect(idsIn(app, mergeWarden.queue)).toEqual(['other-session']);
    expect(idsIn(app, notifier.queue).toSorted()).toEqual(['first', 'other-session', 'second']);
    restore();
    await app.drain();
    expect(idsIn(app, mergeWarden.queue)).toEqual(['other-session', 'first', 'second']);
  });
});

describe('drain: what can never be delivered', () => {
  const options = { queues: [notifier.queue] };

  const runs = async (app: MemoryApp, count: number): Promise<void> => {
    for (let run = 0; run < count; run += 1) await app.drain();
  };

  it('once its event is three days old, a copy that its queue does not take goes to the dead letters, with reason and history', async () => {
    const app = patient(options);
    await app.github('pull_request', pullRequest(42), { delivery: 'no-queue' });

    await runs(app, 2);
    app.clock.advance(3 * 86_400_000);
    await app.drain();

    expect(app.outbox.records().size).toBe(0);
    expect(app.outbox.deadLetters().get('2026/01/01/00/no-queue.json')).toMatchObject({
      reason: 'queue-missing',
      deadLetteredAt: '2026-01-04T00:00:00.000Z',
      owed: [{ bot: 'merge-warden', queue: 'bot-merge-warden', attempts: 3 }],
      history: [
        {
          bot: 'merge-warden',
          reason: 'queue-missing',
          times: 4,
          firstAt: '2026-01-01T00:00:00.000Z',
          lastAt: '2026-01-04T00:00:00.000Z',
        },
      ],
    });
    expect(lastLine(app, 'outbox.dead-lettered')).toMatchObject({
      id: 'no-queue',
      bots: ['merge-warden'],
      reason: 'queue-missing',
    });
  });

  it('a queue that is disabled for 50 minutes loses nothing, however often it was tried', async () => {
    const app = patient();
    await defer(app, ['patient'], 42, mergeWarden.queue);
    app.queue.setFault(failing('queue-disabled'), mergeWarden.queue);
    for (let run = 0; run < 120; run += 1) {
      await app.drain();
      app.clock.advance(30_000);
    }
    expect(app.outbox.deadLetters().size).toBe(0);
    app.queue.setFault(undefined, mergeWarden.queue);

    await app.drain();

    expect(idsIn(app, mergeWarden.queue)).toEqual(['patient']);
  });

  it('an instance whose clock is days ahead gives nothing up at its first try', async () => {
    const app = patient(options);
    await app.github('pull_request', pullRequest(42), { delivery: 'young' });
    const now = app.clock.epochMs();
    Object.assign(app.clock, { epochMs: () => now + 5 * 86_400_000 });

    await app.drain();

    expect(app.outbox.records().size).toBe(1);
    expect(app.outbox.deadLetters().size).toBe(0);
  });

  it('an outage of the whole service is no reason to give up, however old the event', async () => {
    const app = patient({ environment: { CircuitBreaker__serviceBus__failureThreshold: '100' } });
    await defer(app, ['old']);
    app.queue.setFault(failing('unavailable'));
    app.clock.advance(10 * 86_400_000);

    await runs(app, 5);

    expect(app.outbox.deadLetters().size).toBe(0);
  });

  it('the other copies of the event are delivered', async () => {
    const app = patient(options);
    await defer(app, ['half']);

    await app.drain();

    expect(idsIn(app, notifier.queue)).toEqual(['half']);
    const [record] = app.outbox.records().values();
    expect(record?.owed).toMatchObject([{ bot: 'merge-warden', attempts: 1 }]);
  });

  it('a dead-lettered copy does not hold up its session', async () => {
    const app = patient();
    await defer(app, ['refused', 'next']);
    divert(app, 'refused', 'bot-refusing');
    app.queue.setFault(failing('refused'), 'bot-refusing');

    await runs(app, 3);

    expect(idsIn(app, mergeWarden.queue)).toEqual(['next']);
    expect(app.outbox.records().size).toBe(0);
  });

  it('a message that its queue refuses is given up after three tries', async () => {
    const app = patient();
    await defer(app, ['too-large'], 42, mergeWarden.queue);
    app.queue.setFault(failing('message-too-large'), mergeWarden.queue);

    for (let run = 0; run < 3; run += 1) await app.drain();

    expect([...app.outbox.deadLetters().values()]).toMatchObject([{ reason: 'message-too-large' }]);
  });

  it('a payload that has left the archive is given up, and said to be missing', async () => {
    const app = patient();
    await defer(app, ['gone']);
    Object.assign(app.archive, { read: async () => undefined });

    await runs(app, 3);

    expect([...app.outbox.deadLetters().values()]).toMatchObject([
      { reason: 'payload-missing', owed: [{ bot: 'merge-warden' }, { bot: 'notifier' }] },
    ]);
  });

  it('a payload that is not what was received is never delivered', async () => {
    const app = patient();
    await defer(app, ['changed']);
    Object.assign(app.archive, { read: async () => ({ body: Buffer.from('{}'), contentType: '', metadata: {} }) });

    await runs(app, 3);

    expect([...app.outbox.deadLetters().values()]).toMatchObject([{ reason: 'payload-changed' }]);
    expect(idsIn(app, notifier.queue)).toEqual([]);
  });

  it('one copy that fails for no reason of its own is given up when it is old, once others get through', async () => {
    const app = patient();
    for (let n = 0; n < 20; n += 1) await defer(app, [`well-${n}`], n);
    await defer(app, ['cursed'], 42, mergeWarden.queue);
    divert(app, 'cursed', 'bot-failing');
    app.queue.setFault(failing('unexpected'), 'bot-failing');
    app.clock.advance(3 * 86_400_000);

    for (let run = 0; run < 3; run += 1) {
      await app.drain();
      await defer(app, [`also-well-${run}`], run);
    }
    await app.drain();

    expect([...app.outbox.deadLetters().values()]).toMatchObject([{ reason: 'unexpected' }]);
  });

  it('a dead letter that cannot be written leaves the record as it is', async () => {
    const app = patient(options);
    await app.github('pull_request', pullRequest(42), { delivery: 'no-queue' });
    app.outbox.setFault(storageDown, 'deadLetter');
    app.clock.advance(3 * 86_400_000);

    for (let run = 0; run < 5; run += 1) {
      await app.drain();
      app.clock.advance(30_000);
    }
    expect(app.outbox.records().size).toBe(1);
    app.outbox.setFault(undefined, 'deadLetter');
    app.clock.advance(3_600_000);
    await app.drain();

    expect(app.outbox.records().size).toBe(0);
    expect(app.outbox.deadLetters().size).toBe(1);
  });

  it('one missing queue with many records does not take the time of the others', async () => {
    const app = patient({ queues: [notifier.queue] });
    for (let n = 0; n < 100; n += 1) await app.github('pull_request', pullRequest(n), { delivery: `event-${n}` });

    await app.drain();

    expect(lastLine(app, 'outbox.drained')?.['failed']).toBeLessThan(70);
    expect(app.outbox.records().size).toBe(100);
  });
});

describe('drain: a queue that is left alone', () => {
  it('a missing queue is asked as often as its own breaker allows, and its records use up no attempt meanwhile', async () => {
    const app = patient({ queues: [notifier.queue] });
    for (let n = 0; n < 5; n += 1) await app.github('pull_request', pullRequest(n), { delivery: `event-${n}` });
    const sends = watchSends(app);

    await app.drain();
    app.clock.advance(30_000);
    await app.drain();
    await app.drain();

    expect(sends).toEqual([mergeWarden.queue]);
    const attempts = [...app.outbox.records().values()].flatMap(({ owed }) => owed.map((copy) => copy.attempts));
    expect(attempts.toSorted()).toEqual([0, 0, 0, 0, 1]);
  });

  it('once it exists, all that it is owed is delivered after its cool-down', async () => {
    const app = patient();
    app.queue.setFault(failing('queue-missing'), mergeWarden.queue);
    for (let n = 0; n < 5; n += 1) await app.github('pull_request', pullRequest(n), { delivery: `event-${n}` });
    app.queue.setFault(undefined, mergeWarden.queue);
    app.clock.advance(30_000);

    await app.drain();

    expect(idsIn(app, mergeWarden.queue)).toHaveLength(5);
    expect(app.outbox.records().size).toBe(0);
  });
});

describe('drain: storage fails', () => {
  it('a listing that fails stops the run', async () => {
    const app = patient();
    await defer(app, ['a']);
    app.outbox.setFault(storageDown, 'list');

    await app.drain();

    expect(lastLine(app, 'outbox.drained')).toMatchObject({ delivered: 0, stoppedBy: 'blob-storage' });
  });

  it('a record that cannot be read stops the run, since nobody knows whose sessions it holds up', async () => {
    const app = patient();
    await defer(app, ['a', 'b']);
    showNames(app);
    app.outbox.setFault(storageDown, 'read');

    await app.drain();

    expect(idsIn(app, notifier.queue)).toEqual([]);
    expect(lastLine(app, 'outbox.drained')).toMatchObject({ stoppedBy: 'blob-storage' });
  });

  it('a record that storage does not lease, or whose payload it does not read, makes the run one that left something', async () => {
    const app = patient();
    await defer(app, ['a']);
    const lastRun = async () => JSON.parse(String(await app.timerRun.read(never)));
    app.outbox.setFault(storageDown, 'lease');
    await app.drain();
    expect(await lastRun()).toMatchObject({ complete: false });
    app.outbox.setFault(undefined, 'lease');
    const { read } = app.archive;
    Object.assign(app.archive, {
      read: (...args: Parameters<typeof read>) =>
        args[0] === 'health/probe' ? read(...args) : Promise.reject(new ArchiveError('unavailable', 'On purpose')),
    });
    await app.drain();
    expect(await lastRun()).toMatchObject({ complete: false });
    Object.assign(app.archive, { read });

    await app.drain();

    expect(await lastRun()).toMatchObject({ complete: true });
  });

  it('a payload that cannot be read now is delivered by a later run', async () => {
    const app = patient();
    await defer(app, ['a', 'b']);
    app.archive.setFault(storageDown);
    const drained = app.drain();
    await drained;
    app.archive.setFault(undefined);

    await app.drain();

    expect(idsIn(app, mergeWarden.queue)).toEqual(['a', 'b']);
  });

  it('a record that cannot be removed is noticed, left alone for longer and longer, and its copies are not sent again', async () => {
    const app = patient();
    await defer(app, ['stays']);
    app.outbox.setFault({ kind: 'error', code: 'refused' }, 'remove');
    const sends = watchSends(app);

    for (let run = 0; run < 120; run += 1) {
      await app.drain();
      app.clock.advance(30_000);
    }

    expect(sends).toHaveLength(2);
    const troubles = app.lines.filter(({ event }) => event === 'outbox.unwritten');
    expect(troubles).toHaveLength(6);
    expect(troubles[0]).toMatchObject({ write: 'remove', reason: 'refused', times: 1, restMs: 60_000 });
    app.outbox.setFault(undefined, 'remove');
    app.clock.advance(3_600_000);
    await app.drain();
    expect(app.outbox.records().size).toBe(0);
  });

  it.each([
    'remove',
    'remember',
    'update',
  ] as const)('storage that goes down at %s says nothing about the record: it is tried again as soon as storage is back', async (call) => {
    const app = patient();
    await defer(app, ['interrupted']);
    if (call === 'update') app.queue.setFault(failing('queue-missing'), mergeWarden.queue);
    app.outbox.setFault(storageDown, call);
    await app.drain();
    app.outbox.setFault(undefined, call);
    app.queue.setFault(undefined, mergeWarden.queue);
    app.clock.advance(30_000);

    await app.drain();

    expect(app.outbox.records().size).toBe(0);
    expect(app.lines.filter(({ event }) => event === 'outbox.unwritten')).toEqual([]);
  });

  it('a record whose lease ended while its copies were sent is no trouble: the next look ends it, and sends nothing again', async () => {
    const app = patient();
    await defer(app, ['slow']);
    const { send } = app.queue;
    const sends = watchSends(app);
    const watched = app.queue.send;
    Object.assign(app.queue, {
      send: (...args: Parameters<typeof send>) => {
        app.clock.block(leaseSeconds * 1_000);
        return watched(...args);
      },
    });

    await app.drain();

    expect(app.outbox.records().size).toBe(0);
    expect(sends).toHaveLength(2);
    expect(app.lines.filter(({ event }) => event === 'outbox.unwritten')).toEqual([]);
  });

  it('a record that cannot be removed holds up nobody behind it', async () => {
    const app = patient();
    await defer(app, ['stays']);
    app.outbox.setFault({ kind: 'error', code: 'refused' }, 'remove');
    await app.drain();
    await defer(app, ['next']);
    await app.drain();
    app.clock.advance(5_000);

    const reply = await app.github('pull_request', pullRequest(42), { delivery: 'at-once' });

    expect(reply.json).toMatchObject({ routedTo: ['merge-warden', 'notifier'] });
    expect(idsIn(app, mergeWarden.queue)).toEqual(['stays', 'next', 'at-once']);
  });

  it('a payload that storage refuses to hand out is given up when it is old, with the reason', async () => {
    const app = patient();
    await defer(app, ['locked']);
    app.archive.setFault({ kind: 'error', code: 'refused' });

    for (let run = 0; run < 3; run += 1) await app.drain();
    expect(app.outbox.deadLetters().size).toBe(0);
    app.clock.advance(3 * 86_400_000);
    await app.drain();

    expect([...app.outbox.deadLetters().values()]).toMatchObject([{ reason: 'payload-refused' }]);
  });

  it('a queue that takes no message of this size gets a claim check', async () => {
    const app = patient();
    await defer(app, ['large'], 42, mergeWarden.queue);
    const { send } = app.queue;
    Object.assign(app.queue, {
      send: (...args: Parameters<typeof send>) =>
        JSON.parse(args[1].body.toString()).data === undefined
          ? send(...args)
          : Promise.reject(new QueueError('message-too-large', 'On purpose')),
    });

    await app.drain();

    const [message] = app.queue.messages(mergeWarden.queue);
    expect(JSON.parse(message?.body.toString() ?? '')).toMatchObject({ id: 'large', dataref: expect.any(String) });
    expect(app.outbox.records().size).toBe(0);
  });
});

describe('drain: another instance', () => {
  it('a record that another instance has is left to it, and holds up its session', async () => {
    const app = patient();
    await defer(app, ['theirs', 'later'], 42);
    await defer(app, ['other-session'], 43);
    const theirs = await app.outbox.read('2026/01/01/00/theirs.json', never);
    if (typeof theirs === 'string') throw new Error(theirs);
    await app.outbox.lease(theirs, never);

    await app.drain();

    expect(idsIn(app, mergeWarden.queue)).toEqual(['other-session']);
    expect(lastLine(app, 'outbox.drained')).toMatchObject({ taken: 1 });
    app.clock.advance(leaseSeconds * 1_000);
    await app.drain();
    expect(idsIn(app, mergeWarden.queue)).toEqual(['other-session', 'theirs', 'later']);
  });
});

describe('drain: an instance that is at it already', () => {
  const mine = 100;

  const startAfter = async (theirs: number) => {
    const app = patient({ environment: { CircuitBreaker__serviceBus__failureThreshold: '1000' } });
    const names = Array.from({ length: mine }, (_, n) => `event-${String(n).padStart(3, '0')}`);
    for (const [n, name] of names.entries()) await defer(app, [name], n);
    for (const name of [...app.outbox.records().keys()].toSorted().slice(0, theirs)) {
      const stored = await app.outbox.read(name, never);
      if (typeof stored === 'string') throw new Error(stored);
      await app.outbox.lease(stored, never);
    }
    let asked = 0;
    const { lease } = app.outbox;
    Object.assign(app.outbox, {
      lease: (...args: Parameters<typeof lease>) => {
        asked += 1;
        return lease(...args);
      },
    });
    await app.drain();
    return { app, asked };
  };

  it('is left alone with it, after some records that it has, and what it leaves is delivered later', async () => {
    const { app, asked } = await startAfter(mine);

    expect(asked).toBeLessThan(mine);
    app.clock.advance(leaseSeconds * 1_000);
    await app.drain();
    expect(app.outbox.records().size).toBe(0);
    expect(idsIn(app, mergeWarden.queue)).toHaveLength(mine);
  });

  it('as long as what two instances had that were killed holds up nobody else', async () => {
    const { app } = await startAfter(32);

    expect(idsIn(app, mergeWarden.queue)).toHaveLength(mine - 32);
  });
});

describe('drain: time', () => {
  it('a clock that is put back loses nothing and holds nobody up', async () => {
    const app = patient();
    await defer(app, ['before']);
    const now = app.clock.epochMs();
    Object.assign(app.clock, { epochMs: () => now - 7_200_000 });
    await defer(app, ['after']);

    await app.drain();

    expect(idsIn(app, notifier.queue).toSorted()).toEqual(['after', 'before']);
    expect([...app.outbox.records()]).toEqual([]);
  });

  it('a run ends at its time limit and leaves the rest to the next', async () => {
    const app = patient();
    await defer(
      app,
      Array.from({ length: 40 }, (_, n) => `event-${n}`),
    );
    const { send } = app.queue;
    Object.assign(app.queue, {
      send: (...args: Parameters<typeof send>) => {
        app.clock.block(10_000);
        return send(...args);
      },
    });

    await app.drain();

    expect(lastLine(app, 'outbox.drained')).toMatchObject({ stoppedBy: 'time-limit' });
    expect(app.outbox.records().size).toBeGreaterThan(0);
  });
});

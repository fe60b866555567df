import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { recordName } from '../../../../src/outbox/record/outbox-name.js';
import type { DeadLetter } from '../../../../src/outbox/record/outbox-record.js';
import { eventIdIn } from '../../../support/event-id-in.js';
import { createMemoryApp, type MemoryApp, mergeWarden, notifier } from '../../../support/memory-app.js';
import { callHandler, type Reply } from '../../../support/post-webhook.js';

const adminToken = 'an-admin-token-for-tests';
const storageDown = { kind: 'error', code: 'unavailable' } as const;
const maxAgeMs = 60_000;

const pullRequest = (number: number) => ({
  action: 'opened',
  pull_request: { number },
  repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
});

const replay = ({ app }: MemoryApp, body: unknown, token = adminToken): Promise<Reply> =>
  callHandler(
    app.replayDeadLetters,
    new HttpRequest({
      method: 'POST',
      url: 'http://localhost/api/dead-letters/replay',
      headers: { authorization: `Bearer ${token}` },
      body: { bytes: Buffer.from(JSON.stringify(body)) },
    }),
  );

const drainUntilGivenUp = async (memory: MemoryApp): Promise<void> => {
  memory.clock.advance(maxAgeMs);
  for (let run = 0; run < 500 && memory.outbox.records().size > 0; run += 1) {
    memory.clock.advance(30_000);
    await memory.drain();
  }
};

const missing = (memory: MemoryApp, queues: readonly string[], code: 'queue-missing' | undefined): void => {
  for (const queue of queues) memory.queue.setFault(code && { kind: 'error', code }, queue);
};

const both = [mergeWarden.queue, notifier.queue];

/** Deliveries of one pull request, a second apart, given up for the bots of these queues; then the queues are there again. */
const givenUp = async (names: readonly string[], queues: readonly string[] = both): Promise<MemoryApp> => {
  const memory = createMemoryApp({ environment: { OUTBOX_MAX_AGE_SECONDS: String(maxAgeMs / 1_000) } });
  memory.secrets.set('admin-token', adminToken);
  missing(memory, queues, 'queue-missing');
  for (const name of names) {
    await memory.github('pull_request', pullRequest(42), { delivery: name });
    memory.clock.advance(1_000);
  }
  await drainUntilGivenUp(memory);
  expect(memory.outbox.records().size).toBe(0);
  missing(memory, queues, undefined);
  memory.clock.advance(60_000);
  return memory;
};

const idsIn = ({ queue }: MemoryApp, name: string) => queue.messages(name).map(eventIdIn);
const lettersOf = ({ outbox }: MemoryApp): readonly DeadLetter[] => [...outbox.deadLetters().values()];
const owedIn = (memory: MemoryApp) => lettersOf(memory).map(({ owed }) => owed.map(({ bot }) => bot));
const drain = async (memory: MemoryApp): Promise<void> => {
  memory.clock.advance(60_000);
  await memory.drain();
};

/** Does one more call, and then none: as a process that is killed before it hears of the last one. */
const killAfter = (memory: MemoryApp, call: 'create' | 'replaceDeadLetter', which = 1): void => {
  const original = memory.outbox[call];
  let calls = 0;
  const killed = async (...args: never[]): Promise<unknown> => {
    calls += 1;
    const done: unknown = await Reflect.apply(original, memory.outbox, args);
    if (calls !== which) return done;
    memory.outbox.setFault(storageDown);
    return Reflect.apply(original, memory.outbox, args);
  };
  Object.assign(memory.outbox, { [call]: killed });
};

describe('dead letters of a bot', () => {
  it('are replayed with one command, in the order in which their events arrived', async () => {
    // Names inside an hour do not tell the order.
    const names = ['9', '5', '7', '1', '3'];
    const memory = await givenUp(names, [mergeWarden.queue]);

    const reply = await replay(memory, { bot: 'merge-warden' });

    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({
      bot: 'merge-warden',
      dryRun: false,
      letters: 5,
      revived: 5,
      stuck: 0,
      complete: true,
      left: 0,
    });
    expect(lettersOf(memory)).toEqual([]);
    await drain(memory);
    expect(idsIn(memory, mergeWarden.queue)).toEqual(names);
    expect(memory.outbox.records().size).toBe(0);
  });

  it('go without touching the copies of another bot in the same letters', async () => {
    const memory = await givenUp(['one', 'two']);
    const before = lettersOf(memory);
    expect(owedIn(memory)).toEqual([
      ['merge-warden', 'notifier'],
      ['merge-warden', 'notifier'],
    ]);

    await replay(memory, { bot: 'merge-warden' });
    await drain(memory);

    expect(idsIn(memory, mergeWarden.queue)).toEqual(['one', 'two']);
    expect(idsIn(memory, notifier.queue)).toEqual([]);
    expect(lettersOf(memory)).toEqual(
      before.map((letter) => ({ ...letter, owed: letter.owed.filter(({ bot }) => bot === 'notifier') })),
    );

    await replay(memory, { bot: 'notifier' });
    await drain(memory);

    expect(idsIn(memory, notifier.queue).toSorted()).toEqual(['one', 'two']);
    expect(lettersOf(memory)).toEqual([]);
  });

  it('of two commands for two bots at once lose no copy', async () => {
    const memory = await givenUp(['one', 'two', 'three']);

    await Promise.all([replay(memory, { bot: 'merge-warden' }), replay(memory, { bot: 'notifier' })]);
    await drain(memory);

    expect(idsIn(memory, mergeWarden.queue)).toEqual(['one', 'two', 'three']);
    expect(idsIn(memory, notifier.queue).toSorted()).toEqual(['one', 'three', 'two']);
    expect(lettersOf(memory)).toEqual([]);
  });

  it('are not given up at once again: their age counts from the command, and then they are letters once more', async () => {
    const memory = await givenUp(['one'], [mergeWarden.queue]);
    await replay(memory, { bot: 'merge-warden' });
    missing(memory, [mergeWarden.queue], 'queue-missing');
    for (let run = 0; run < 4; run += 1) {
      memory.clock.advance(10_000);
      await memory.drain();
    }
    expect(lettersOf(memory)).toEqual([]);

    await drainUntilGivenUp(memory);

    expect(memory.outbox.records().size).toBe(0);
    expect(lettersOf(memory)).toMatchObject([{ revived: { times: 1 }, owed: [{ bot: 'merge-warden' }] }]);
    missing(memory, [mergeWarden.queue], undefined);
    memory.clock.advance(60_000);
    expect((await replay(memory, { bot: 'merge-warden' })).json).toMatchObject({ revived: 1 });
    await drain(memory);
    expect(idsIn(memory, mergeWarden.queue)).toEqual(['one']);
  });

  it.each([
    ['the first record is written', 'create', 1],
    ['the second record is written', 'create', 2],
    ['the first letter forgets its copy', 'replaceDeadLetter', 1],
    ['the second letter forgets its copy', 'replaceDeadLetter', 2],
  ] as const)('killed after %s: the same command again loses and doubles nothing', async (_, call, which) => {
    const memory = await givenUp(['9', '5', '7']);
    killAfter(memory, call, which);

    const broken = await replay(memory, { bot: 'merge-warden' });
    expect(broken.json).toMatchObject({ complete: false, stoppedBy: 'blob-storage' });
    memory.outbox.setFault(undefined);
    memory.clock.advance(60_000);
    expect((await replay(memory, { bot: 'merge-warden' })).json).toMatchObject({ complete: true });
    await drain(memory);

    expect(idsIn(memory, mergeWarden.queue)).toEqual(['9', '5', '7']);
    expect(owedIn(memory)).toEqual([['notifier'], ['notifier'], ['notifier']]);
    expect(memory.outbox.records().size).toBe(0);
  });

  it('killed before the letter forgets, and delivered meanwhile: the same command again brings nothing twice', async () => {
    const memory = await givenUp(['one']);
    killAfter(memory, 'create');
    await replay(memory, { bot: 'merge-warden' });
    memory.outbox.setFault(undefined);
    await drain(memory);
    const sent: string[] = [];
    const { send } = memory.queue;
    const watched: typeof send = (queue, ...rest) => {
      sent.push(queue);
      return send(queue, ...rest);
    };
    Object.assign(memory.queue, { send: watched });

    await replay(memory, { bot: 'merge-warden' });
    await drain(memory);

    expect(sent).toEqual([]);
    expect(idsIn(memory, mergeWarden.queue)).toEqual(['one']);
    expect(owedIn(memory)).toEqual([['notifier']]);
  });

  it('replayed while the drain that gave them up has not ended their record yet: neither of the two loses the copy', async () => {
    const memory = await givenUp(['one'], [mergeWarden.queue]);
    const [letter] = lettersOf(memory);
    if (letter === undefined) throw new Error('There is no letter');
    const { reason: _, deadLetteredAt: __, ...record } = letter;
    const signal = new AbortController().signal;
    await memory.outbox.create(record, signal);
    const stored = await memory.outbox.read(recordName(record), signal);
    if (typeof stored === 'string') throw new Error(stored);
    const lease = await memory.outbox.lease(stored, signal);
    if (typeof lease === 'string') throw new Error(lease);
    // The drain sees that its letter is written.
    await memory.outbox.deadLetter(letter, signal);

    await replay(memory, { bot: 'merge-warden' });
    await memory.outbox.remove(lease, signal);

    await drain(memory);
    expect(idsIn(memory, mergeWarden.queue)).toEqual(['one']);
  });

  it('that storage does not let change hold up no other, and are said to be stuck', async () => {
    const memory = await givenUp(['one', 'two'], [mergeWarden.queue]);
    memory.outbox.setFault({ kind: 'error', code: 'refused' }, 'replaceDeadLetter');

    expect((await replay(memory, { bot: 'merge-warden' })).json).toMatchObject({
      revived: 2,
      stuck: 2,
      complete: true,
    });
    await drain(memory);

    expect(idsIn(memory, mergeWarden.queue)).toEqual(['one', 'two']);
  });

  it('are sent to the queue that the bot has now', async () => {
    const memory = await givenUp(['one'], [mergeWarden.queue]);
    const [[name, letter] = ['', undefined]] = [...memory.outbox.deadLetters()];
    const signal = new AbortController().signal;
    const stored = await memory.outbox.readDeadLetter(name, signal);
    if (letter === undefined || typeof stored === 'string') throw new Error('There is no letter');
    const owed = letter.owed.map((copy) => ({ ...copy, queue: 'misspelt' }));
    await memory.outbox.replaceDeadLetter(stored, { ...letter, owed }, signal);

    await replay(memory, { bot: 'merge-warden' });
    await drain(memory);

    expect(idsIn(memory, mergeWarden.queue)).toEqual(['one']);
  });

  it('are worked off in steps: an answer that ran out of time says where to go on', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `d-${index}`);
    const memory = await givenUp(names, [mergeWarden.queue]);
    const { create } = memory.outbox;
    const slow: typeof create = (...args) => {
      memory.clock.advance(1_000);
      return create(...args);
    };
    Object.assign(memory.outbox, { create: slow });

    const first = await replay(memory, { bot: 'merge-warden' });
    expect(first.json).toMatchObject({
      letters: 16,
      revived: 16,
      complete: false,
      stoppedBy: 'time-limit',
      left: 24,
      after: expect.stringMatching(/^2026-01-01T\S+Z 2026\/01\/01\/00\/d-15\.json$/),
    });
    const { after } = first.json as { after: string };
    const second = await replay(memory, { bot: 'merge-warden', after });
    expect(second.json).toMatchObject({ letters: 16, left: 8 });
    const third = await replay(memory, { bot: 'merge-warden', after: (second.json as { after: string }).after });
    expect(third.json).toMatchObject({ letters: 8, complete: true });

    await drain(memory);
    expect(idsIn(memory, mergeWarden.queue)).toEqual(names);
  });

  it('in a dry run are counted, and nothing is changed', async () => {
    const memory = await givenUp(['one', 'two']);
    const before = memory.outbox.deadLetters();

    const reply = await replay(memory, { bot: 'notifier', dryRun: true });

    expect(reply.json).toMatchObject({ dryRun: true, letters: 2, revived: 2, complete: true });
    expect(memory.outbox.deadLetters()).toEqual(before);
    expect(memory.outbox.records().size).toBe(0);
  });

  it.each([
    ['an unknown bot', { bot: 'nobody' }, 'bot'],
    ['no bot', {}, 'bot'],
    ['a place that no answer gave', { bot: 'notifier', after: 'x' }, 'after'],
    ['a field that is not known', { bot: 'notifier', from: 'x' }, 'from'],
  ])('%s is answered 400, and nothing is changed', async (_, body, field) => {
    const memory = await givenUp(['one']);

    const reply = await replay(memory, body);

    expect(reply).toMatchObject({ status: 400, json: { code: 'InvalidReplay', errors: [{ field }] } });
    expect(memory.outbox.records().size).toBe(0);
    expect(lettersOf(memory)).toHaveLength(1);
  });

  it('are replayed by operators only, with an audit line and one line for each copy', async () => {
    const memory = await givenUp(['one'], [mergeWarden.queue]);

    expect((await replay(memory, { bot: 'merge-warden' }, 'wrong')).status).toBe(401);
    expect(lettersOf(memory)).toHaveLength(1);
    await replay(memory, { bot: 'merge-warden' });

    expect(memory.lines.findLast((line) => line['event'] === 'operator.command-done')).toMatchObject({
      command: 'replay-dead-letters',
      bot: 'merge-warden',
      events: 1,
      sent: 1,
      complete: true,
    });
    expect(memory.lines.findLast((line) => line['event'] === 'outbox.revived')).toMatchObject({
      id: 'one',
      bot: 'merge-warden',
    });
  });
});

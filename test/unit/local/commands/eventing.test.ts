import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { listEvents } from '../../../../local/commands/eventing/list-events.js';
import { replayLetters } from '../../../../local/commands/eventing/replay-letters.js';
import { replayStretch } from '../../../../local/commands/eventing/replay-stretch.js';
import { describeSimulation, simulate } from '../../../../local/commands/eventing/simulate.js';
import { describeGivenUp, describeRecords } from '../../../../local/commands/eventing/stored-records.js';
import { percentOf, readStretch } from '../../../../local/commands/eventing/stretch.js';
import { sampleRecord } from '../../outbox/sample-record.js';

test('a stretch of time: how far a moment lies in it, and moments that are none', () => {
  const stretch = readStretch('2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z');

  expect(percentOf('2026-01-01T12:00:00Z', stretch)).toBe(25);
  expect(percentOf('2026-01-01T00:00:00Z', { ...stretch, toMs: stretch.fromMs })).toBe(0);
  expect(() => readStretch('yesterday', undefined)).toThrow('--from yesterday is not a date and time');
});

test('a simulation: a row for each bot, and some events that differ', () => {
  const difference = { change: 'lost', id: 'one', type: 'github.push', time: '2026-01-01T00:00:00Z' } as const;
  const counts = { got: 3, wouldGet: 2, gained: 0, lost: 1, reordered: 0 };

  const lines = describeSimulation({ events: 5, bots: [{ bot: 'notifier', ...counts, examples: [difference] }] });

  expect(lines[0]).toBe('5 events');
  expect(lines.join('\n')).toMatch(/notifier +3 +2 +0 +1 +0\n/);
  expect(lines.at(-1)).toMatch(/notifier +lost +2026-01-01T00:00:00Z +github.push +one/);
});

test('records: one line for each copy, with the last reason of its bot', () => {
  const failure = { bot: 'a', times: 1, firstAt: '2026-01-02T03:04:05.678Z', lastAt: '2026-01-02T03:04:05.678Z' };
  const record = sampleRecord({
    id: 'one',
    owed: [{ bot: 'a', attempts: 7 }, { bot: 'b' }],
    history: [
      { ...failure, reason: 'timeout' },
      { ...failure, reason: 'queue-missing' },
    ],
  });

  const [, first = '', second = ''] = describeRecords([record]);

  expect(first).toMatch(/one .* a +7 +queue-missing$/);
  expect(second).toMatch(/one .* b +0$/);
});

test('dead letters: one line for each bot and reason, with the ages of the oldest and the newest event', () => {
  const failure = { times: 3, firstAt: '2026-01-02T03:04:05.678Z', lastAt: '2026-01-02T03:04:05.678Z' };
  const owed = [{ bot: 'b' }, { bot: 'a' }];
  const history = [
    { ...failure, bot: 'a', reason: 'queue-missing' },
    { ...failure, bot: 'b', reason: 'queue-disabled' },
  ];
  const records = [
    sampleRecord({ id: 'one', time: '2026-01-01T00:00:00.000Z', owed, history }),
    sampleRecord({ id: 'two', time: '2026-01-04T12:00:00.000Z', owed: [{ bot: 'a' }], history }),
  ];

  const [, ...lines] = describeGivenUp(records, Date.parse('2026-01-05T00:00:00.000Z'));

  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['a', 'queue-missing', '2', '4 days', '12 h'],
    ['b', 'queue-disabled', '1', '4 days', '4 days'],
  ]);
});

/** A host that gives these answers, one after the other, and keeps what it was asked. */
const answering = async (answers: readonly Readonly<Record<string, unknown>>[]) => {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ url: request.url, ...JSON.parse(body || '{}') });
      response.end(JSON.stringify(answers[asked.length - 1]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const operations = { hostUrl: `http://127.0.0.1:${port}`, adminToken: 'token', functionKey: undefined };
  return { operations, asked, close: () => server.close() };
};

const silent = { progress: { update: () => {}, clear: () => {} }, signal: new AbortController().signal };

test('dead letters: a replay calls until it is complete, each call from where the last one stopped', async () => {
  const part = { letters: 16, revived: 3, stuck: 1 };
  const host = await answering([
    {
      ...part,
      complete: false,
      stoppedBy: 'time-limit',
      after: '2026-01-01T00:00:00.000Z 2026/01/01/00/x.json',
      left: 16,
    },
    { ...part, complete: true, left: 0 },
  ]);

  const total = await replayLetters(host.operations, { bot: 'a', dryRun: false }, silent).finally(host.close);

  expect(total).toEqual({ letters: 32, revived: 6, stuck: 2 });
  const first = { url: '/api/dead-letters/replay', bot: 'a', dryRun: false };
  expect(host.asked).toEqual([first, { ...first, after: '2026-01-01T00:00:00.000Z 2026/01/01/00/x.json' }]);
});

test('dead letters: a replay that storage stops says how far it came, and that it may be run again', async () => {
  const answer = { letters: 16, revived: 3, stuck: 0, complete: false, stoppedBy: 'blob-storage', left: 5 };
  const host = await answering([answer]);

  const replay = replayLetters(host.operations, { bot: 'a', dryRun: false }, silent).finally(host.close);

  await expect(replay).rejects.toThrow('Storage failed after 3 copies were owed again');
});

/** Ends the work after its first call. */
const endingAtOnce = () => {
  const ending = new AbortController();
  const progress = { update: () => ending.abort(), clear: () => {} };
  return { progress, signal: ending.signal };
};

test('a list that Ctrl-C ends answers what it has found so far', async () => {
  const event = { id: '1', type: 't', time: '2026-01-01T00:00:00Z', outcome: 'routed', bots: [] };
  const host = await answering([{ events: [event], next: 'more' }]);

  const found = await listEvents(host.operations, { filter: {}, count: 9 }, endingAtOnce()).finally(host.close);

  expect([found, host.asked.length]).toEqual([[event], 1]);
});

test('a replay that Ctrl-C ends says what was sent so far, and where to go on', async () => {
  const resumeFrom = '2026-01-01T00:10:00.000Z';
  const part = { events: 5, sent: 4, bots: { a: 4 }, failed: [], complete: false, stoppedBy: 'time-limit', resumeFrom };
  const host = await answering([part]);
  const stretch = { fromMs: Date.parse('2026-01-01T00:00:00Z'), toMs: Date.parse('2026-01-02T00:00:00Z') };

  const asked = { stretch, choice: { dryRun: false, force: false } };
  const total = await replayStretch(host.operations, asked, endingAtOnce()).finally(host.close);

  expect(total).toMatchObject({ events: 5, sent: 4, goOnFrom: resumeFrom });
  expect(host.asked.length).toBe(1);
});

test('a simulation that Ctrl-C ends says what it has found so far, and where to go on', async () => {
  const resumeFrom = '2026-01-01T00:10:00.000Z';
  const host = await answering([{ events: 5, bots: [], resumeFrom }]);
  const stretch = { fromMs: Date.parse('2026-01-01T00:00:00Z'), toMs: Date.parse('2026-01-02T00:00:00Z') };

  const total = await simulate(host.operations, { bots: {}, stretch }, endingAtOnce()).finally(host.close);

  expect(total).toEqual({ events: 5, bots: [], goOnFrom: resumeFrom });
});

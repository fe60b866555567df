import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEventPattern, isRepositoryPattern } from '../../../src/routing/match-bots.js';
import { describeProblems } from '../../../src/settings/problem.js';
import { readBots } from '../../../src/settings/read-bots.js';

const bot = { name: 'notifier', queue: 'bot-notifier', events: ['*'] };
const fileOf = (...bots: readonly unknown[]) => JSON.stringify({ bots });
const problemsOf = (text: string) => {
  const reading = readBots(text);
  return reading.ok ? [] : reading.problems;
};
const pathsOf = (text: string) => problemsOf(text).map(({ path }) => path);

describe('bots.json', () => {
  it("bots: the project's own file is read with its defaults filled in", () => {
    const reading = readBots(readFileSync('bots.json', 'utf8'));

    expect(reading).toEqual({
      ok: true,
      bots: [
        {
          name: 'task-tactician',
          queue: 'bot-task-tactician',
          events: ['github.issues', '!github.issues.deleted'],
          ordered: true,
          orderBy: 'entity',
        },
        {
          name: 'merge-warden',
          queue: 'bot-merge-warden',
          events: ['github.pull_request', 'github.check_run.completed'],
          repositories: ['octo-org/*', 'Codertocat/*', '!octo-org/sandbox'],
          ordered: true,
          orderBy: 'entity',
        },
        { name: 'notifier', queue: 'bot-notifier', events: ['*', 'github.ping'], ordered: false, orderBy: 'entity' },
      ],
    });
  });

  it('bots: ordered is false and orderBy entity unless the file says otherwise', () => {
    expect(readBots(fileOf(bot))).toEqual({ ok: true, bots: [{ ...bot, ordered: false, orderBy: 'entity' }] });
  });

  it('bots: no bot at all is allowed, events are then archived alone', () => {
    expect(readBots('{"bots":[]}')).toEqual({ ok: true, bots: [] });
  });

  it('bots: a byte order mark at the start is no error', () => {
    expect(readBots(`\uFEFF${fileOf(bot)}`).ok).toBe(true);
  });

  it('bots: every problem of every bot is listed with its path, what it is and what was expected', () => {
    const text = fileOf(
      { name: 'Big Bot', queue: '-queue-', events: [], ordered: 'yes' },
      { queue: 'bot-a', events: ['github..issues', 7], repositories: ['a//c'], order: true },
      { name: 'b', queue: 'BOT-A', events: ['!github.issues'], orderBy: 'entity' },
      { name: 'b', queue: 'webhook-archive-backlog', events: ['*'], ordered: true, orderBy: 'time' },
      'bot',
    );

    expect(pathsOf(text).toSorted()).toEqual(
      [
        'bots[0].name',
        'bots[0].queue',
        'bots[0].events',
        'bots[0].ordered',
        'bots[1].name',
        'bots[1].events[0]',
        'bots[1].events[1]',
        'bots[1].repositories[0]',
        'bots[1].order',
        'bots[2].queue',
        'bots[2].events',
        'bots[2].orderBy',
        'bots[3].name',
        'bots[3].queue',
        'bots[3].orderBy',
        'bots[4]',
      ].toSorted(),
    );
  });

  it('bots: two bots cannot share a queue, whatever the case of its letters', () => {
    const problems = problemsOf(fileOf(bot, { ...bot, name: 'other', queue: 'Bot-Notifier' }));

    expect(describeProblems(problems)).toBe(
      '  - bots[1].queue is "Bot-Notifier", which bots[0] has already; expected a queue of its own',
    );
  });

  it('bots: two bots cannot share a name', () => {
    expect(pathsOf(fileOf(bot, { ...bot, queue: 'other' }))).toEqual(['bots[1].name']);
  });

  it('bots: orderBy means nothing without ordered', () => {
    expect(pathsOf(fileOf({ ...bot, orderBy: 'source' }))).toEqual(['bots[0].orderBy']);
    expect(pathsOf(fileOf({ ...bot, ordered: true, orderBy: 'source' }))).toEqual([]);
  });

  const coalesce = { quietSeconds: 30, maxWaitSeconds: 300 };

  it('bots: coalesce is for ordered bots, and waits no shorter than it is quiet', () => {
    expect(readBots(fileOf({ ...bot, ordered: true, coalesce }))).toMatchObject({ ok: true, bots: [{ coalesce }] });
    expect(pathsOf(fileOf({ ...bot, coalesce }))).toEqual(['bots[0].coalesce']);
    const impatient = { quietSeconds: 30, maxWaitSeconds: 29 };
    expect(pathsOf(fileOf({ ...bot, ordered: true, coalesce: impatient }))).toEqual([
      'bots[0].coalesce.maxWaitSeconds',
    ]);
  });

  it.each([
    {},
    { quietSeconds: 30 },
    { ...coalesce, quietSeconds: 0 },
    { ...coalesce, quietSeconds: 1.5 },
    true,
  ])('bots: %j is nothing to coalesce by', (wrong) => {
    expect(pathsOf(fileOf({ ...bot, ordered: true, coalesce: wrong }))[0]).toMatch(/^bots\[0\]\.coalesce/);
  });

  it("bots: the queue where bursts wait is nobody else's, and has a name that can be", () => {
    const other = { ...bot, name: 'other', queue: `${bot.queue}-Bursts` };
    expect(pathsOf(fileOf({ ...bot, ordered: true, coalesce }, other))).toEqual(['bots[1].queue']);
    const long = { ...bot, ordered: true, coalesce, queue: 'a'.repeat(254) };
    expect(pathsOf(fileOf(long))).toEqual(['bots[0].queue']);
  });

  it.each([
    'webhook-archive-backlog',
    'Webhook-Archive-Backlog',
    '',
    '.a',
    'a.',
    'a b',
    'a$',
    'é',
    'a'.repeat(261),
  ])('bots: %j is no queue for a bot', (queue) => {
    expect(pathsOf(fileOf({ ...bot, queue }))).toEqual(['bots[0].queue']);
  });

  it.each(['a', 'A1', 'a.b', 'team/bot', 'a_b-c', 'a'.repeat(260)])('bots: %j is a queue', (queue) => {
    expect(pathsOf(fileOf({ ...bot, queue }))).toEqual([]);
  });

  it.each(['', '-a', 'A', 'a_b', 'a'.repeat(64)])('bots: %j is no name', (name) => {
    expect(pathsOf(fileOf({ ...bot, name }))).toEqual(['bots[0].name']);
  });

  it.each([
    '',
    '!',
    'github.',
    '.issues',
    'git hub',
    'github.iss*',
    '!!github',
    '**',
  ])('bots: %j is no pattern', (pattern) => {
    expect(pathsOf(fileOf({ ...bot, events: ['*', pattern] }))).toEqual(['bots[0].events[1]']);
  });

  it('bots: the file takes exactly the patterns that the matcher compiles', () => {
    const segment = fc.constantFrom('*', 'github', 'issues', 'a_b', 'a-b', 'a.b', '', ' ', '!', 'é', '**', 'x*');
    const text = fc
      .tuple(fc.constantFrom('', '!', '!!'), fc.array(segment, { maxLength: 4 }), fc.constantFrom('.', '/'))
      .map(([start, segments, separator]) => `${start}${segments.join(separator)}`);
    fc.assert(
      fc.property(text, (pattern) => {
        const accepted = pathsOf(fileOf({ ...bot, events: ['*', pattern], repositories: ['*', pattern] }));

        expect(accepted.includes('bots[0].events[1]')).toBe(!isEventPattern(pattern));
        expect(accepted.includes('bots[0].repositories[1]')).toBe(!isRepositoryPattern(pattern));
      }),
    );
  });

  it.each([
    ['null', ''],
    ['[]', ''],
    ['7', ''],
    ['{}', 'bots'],
    ['{"bots":{}}', 'bots'],
    ['{"bots":[],"Bots":[]}', 'Bots'],
    ['{"bots":[null]}', 'bots[0]'],
  ])('bots: %s is refused at %j', (text, path) => {
    expect(pathsOf(text)).toEqual([path]);
  });

  it.each([
    ['', 1, 1],
    ['{\n  "bots": [\n    {"name": "a",}\n  ]\n}', 3, 18],
    ['{\n  "bots": [\n', 3, 1],
    ['{"bots": [] // none\n}', 1, 13],
    ["{'bots': []}", 1, 2],
    ['{"bots": []}}', 1, 13],
    ['{"bots": [1 2]}', 1, 13],
    ['{"bots": [}', 1, 11],
    ['{"bots" []}', 1, 9],
    ['{"bots": [tru]}', 1, 11],
    ['{"bots": ["a\nb"]}', 1, 11],
    ['{"bots": [01]}', 1, 12],
    ['{1: 2}', 1, 2],
    ['{"a": {"b": 1]}', 1, 14],
    ['{"a": 1,\r\n "b"}', 2, 5],
  ])('bots: %j is reported as no JSON at line %i, column %i', (text, line, column) => {
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({ path: '', what: `is not JSON at line ${line}, column ${column}` }),
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Bot } from '../../../src/routing/bot.js';
import { createBotMatcher, type EventToMatch } from '../../../src/routing/match-bots.js';

const bot = (name: string, wants: Pick<Bot, 'events' | 'repositories'>): Bot => ({
  name,
  queue: `bot-${name}`,
  ordered: false,
  orderBy: 'entity',
  ...wants,
});

const tactician = bot('task-tactician', { events: ['github.issues', '!github.issues.deleted'] });
const warden = bot('merge-warden', {
  events: ['github.pull_request', 'github.check_run.completed'],
  repositories: ['octo-org/*', '!octo-org/sandbox'],
});
const notifier = bot('notifier', { events: ['*'] });

const namesOf = (bots: readonly Bot[], event: EventToMatch): readonly string[] =>
  createBotMatcher(bots)(event).map(({ name }) => name);

const opened = { type: 'github.pull_request.opened', event: 'pull_request' };
const ping = { type: 'github.ping', event: 'ping' };

describe('bots', () => {
  it('are those that asked for the event, in the order of the file', () => {
    const issue = { type: 'github.issues.opened', event: 'issues', repository: 'octo-org/octo-repo' };

    expect(namesOf([notifier, warden, tactician], issue)).toEqual(['notifier', 'task-tactician']);
  });

  it('are none when nobody asked', () => {
    expect(namesOf([tactician, warden], { type: 'github.star.created', event: 'star' })).toEqual([]);
  });

  it.each([
    ['octo-org/octo-repo', ['merge-warden', 'notifier']],
    ['Octo-Org/octo-repo', ['merge-warden', 'notifier']],
    ['octo-org/sandbox', ['notifier']],
    ['elsewhere/octo-repo', ['notifier']],
  ])('that name repositories get an event of %s only if it is theirs', (repository, expected) => {
    expect(namesOf([warden, notifier], { ...opened, repository })).toEqual(expected);
  });

  it('that name repositories, even every one, get no event that belongs to none', () => {
    const everyRepository = bot('archivist', { events: ['*'], repositories: ['*'] });
    const team = { type: 'github.team.created', event: 'team' };

    expect(namesOf([everyRepository, notifier], team)).toEqual(['notifier']);
  });

  it.each([
    [['*'], false],
    [['github'], false],
    [['github.*'], false],
    [['*.*'], false],
    [['github.ping'], true],
    [['*', 'github.ping'], true],
    [['*.ping'], true],
    [['*', '!github.ping'], false],
    [['github.ping', '!github.ping'], false],
    [['github.ping', '!github'], false],
    [['github.push.ping', '*'], false],
    [['*', '!gitlab.ping'], false],
    [['*', 'gitlab.ping'], false],
  ])('that want %j get a ping: %s', (events, expected) => {
    expect(namesOf([bot('one', { events })], ping)).toEqual(expected ? ['one'] : []);
  });

  it.each([
    ['bitbucket.diagnostics.ping', ['*'], false],
    ['bitbucket.diagnostics.ping', ['bitbucket'], false],
    ['bitbucket.diagnostics.ping', ['bitbucket.diagnostics'], false],
    ['bitbucket.diagnostics.ping', ['bitbucket.diagnostics.*'], false],
    ['bitbucket.diagnostics.ping', ['bitbucket.diagnostics.ping'], true],
    ['bitbucket.diagnostics.ping', ['*.*.ping'], true],
    ['bitbucket.diagnostics.ping', ['*.ping'], false],
    ['pagerduty.pagey.ping', ['*'], false],
    ['pagerduty.pagey.ping', ['*', 'pagerduty.pagey.ping'], true],
    ['acme.ping', ['acme'], false],
    ['acme.ping', ['acme.ping'], true],
    ['slack.slash_command.ping', ['*'], true],
    ['acme.pinged', ['*'], true],
  ])('get %s when they want %j: %s', (type, events, expected) => {
    const [provider = '', ...words] = type.split('.');
    const event = provider === 'slack' ? 'slash_command' : words.join('.');

    expect(namesOf([bot('one', { events })], { type, event })).toEqual(expected ? ['one'] : []);
  });

  it('that name pings get all else they asked for, too', () => {
    expect(namesOf([bot('one', { events: ['*', 'github.ping'] })], opened)).toEqual(['one']);
  });
});

import { describe, expect, it } from 'vitest';
import { typeSegment } from '../../../src/envelope/event-identity.js';
import { compileEventPatterns, isEventPattern } from '../../../src/routing/match-bots.js';

const matches = (patterns: readonly string[], type: string): boolean => compileEventPatterns(patterns)(type);

describe('event pattern', () => {
  it.each([
    ['github.issues', 'github.issues', true],
    ['github.issues', 'github.issues.opened', true],
    ['github.issues', 'github.issues_archive', false],
    ['github.issues', 'github.issue', false],
    ['github.issues', 'xgithub.issues', false],
    ['github.issues.opened', 'github.issues', false],
    ['github.issues', 'github.Issues', false],
    ['github', 'github.push', true],
    ['github', 'githubx.push', false],
    ['github.*.opened', 'github.issues.opened', true],
    ['github.*.opened', 'github.issues.opened.further', true],
    ['github.*.opened', 'github.issues.closed', false],
    ['github.*.opened', 'github.opened', false],
    ['github.*', 'github', false],
    ['*.push', 'gitlab.push', true],
    ['*.push', 'gitlab.x.push', false],
    ['*.*.*', 'github.push', false],
    ['*', 'github.push', true],
    ['*', 'anything', true],
  ])('%s matches %s: %s', (pattern, type, expected) => {
    expect(matches([pattern], type)).toBe(expected);
  });

  it.each([
    ['github.repository_dispatch.deploy prod', 'deploy prod'],
    ['github.repository_dispatch.deploy%20prod', 'deploy prod'],
    ['github.repository_dispatch.deploy:prod', 'deploy:prod'],
    ['github.repository_dispatch.deploy%2Eprod', 'deploy.prod'],
    ['github.repository_dispatch.deploy%2eprod', 'deploy.prod'],
    ['github.repository_dispatch.статус', 'статус'],
    ['github.repository_dispatch.%D1%81татус', 'статус'],
    ['github.repository_dispatch.🚀', '🚀'],
    ['github.repository_dispatch.100%25', '100%'],
    ['github.repository_dispatch.100%', '100%'],
    [`github.repository_dispatch.${'休'.repeat(100)}`, '休'.repeat(100)],
  ])('%s names the action %s, whatever its letters', (pattern, action) => {
    const type = `github.repository_dispatch.${typeSegment(action)}`;

    expect(matches([pattern], type)).toBe(true);
    expect(matches([type], type)).toBe(true);
    expect(matches(['github.repository_dispatch.other'], type)).toBe(false);
    expect(matches(['github', `!${pattern}`], type)).toBe(false);
  });

  it.each([
    ['slack.slash_command.d\u00e9ploy', 'de\u0301ploy'],
    ['slack.slash_command.de\u0301ploy', 'd\u00e9ploy'],
    ['slack.slash_command.de%CC%81ploy', 'd\u00e9ploy'],
    ['!slack.slash_command.d\u00e9ploy', 'de\u0301ploy'],
    ['slack.slash_command.\ud55c', '\u1112\u1161\u11ab'],
  ])('%j means the word %j, whichever way its letters are composed', (pattern, word) => {
    const patterns = pattern.startsWith('!') ? ['*', pattern] : [pattern];

    expect(matches(patterns, `slack.slash_command.${typeSegment(word)}`)).toBe(!pattern.startsWith('!'));
  });

  it('any one of several is enough', () => {
    expect(matches(['github.push', 'github.issues'], 'github.issues.opened')).toBe(true);
  });

  it('with ! takes away and wins, wherever it stands', () => {
    expect(matches(['!github.issues.deleted', 'github.issues'], 'github.issues.deleted')).toBe(false);
    expect(matches(['github.issues', 'github.issues.deleted', '!github.issues.deleted'], 'github.issues.deleted')).toBe(
      false,
    );
    expect(matches(['*', '!github.*.deleted'], 'github.issues.opened')).toBe(true);
    expect(matches(['*', '!*'], 'github.issues.opened')).toBe(false);
  });

  it('with ! alone matches nothing, and neither does an empty list', () => {
    expect(matches(['!github.issues'], 'github.push')).toBe(false);
    expect(matches([], 'github.push')).toBe(false);
  });

  it.each([
    'github',
    '*',
    '!*',
    'github.*',
    '!github.*.opened',
    'azure-devops.git_push',
    'x.Y-1',
  ])('can be %j', (text) => {
    expect(isEventPattern(text)).toBe(true);
  });

  it.each([
    '',
    '!',
    '.',
    'github.',
    '.github',
    'github..x',
    'github.iss*',
    '**',
    '!!github',
    'a b',
    'a b.c',
    'github.x y ',
    'github. x',
    'github.push,github.issues',
    'github.!push',
    'github.x*',
    'github.x\n',
    '(a+)+',
  ])('cannot be %j, and compiling it says so', (text) => {
    expect(isEventPattern(text)).toBe(false);
    expect(() => compileEventPatterns(['github', text])).toThrow(RangeError);
  });
});

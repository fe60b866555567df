import { describe, expect, it } from 'vitest';
import { compileRepositoryPatterns, isRepositoryPattern } from '../../../src/routing/match-bots.js';

const matches = (patterns: readonly string[], repository: string): boolean =>
  compileRepositoryPatterns(patterns)(repository);

describe('repository pattern', () => {
  it.each([
    ['octo-org/octo-repo', 'octo-org/octo-repo', true],
    ['octo-org/octo-repo', 'Octo-Org/OCTO-repo', true],
    ['octo-org/octo-repo', 'octo-org/octo-repo-2', false],
    ['octo-org/octo.repo', 'octo-org/octoxrepo', false],
    ['octo-org/*', 'octo-org/sandbox', true],
    ['octo-org/*', 'octo-org-2/sandbox', false],
    ['octo-org', 'octo-org/sandbox', true],
    ['*/sandbox', 'anyone/sandbox', true],
    ['*', 'anyone/anything', true],
  ])('%s matches %s: %s', (pattern, repository, expected) => {
    expect(matches([pattern], repository)).toBe(expected);
  });

  it('with ! takes away and wins, whatever the case of its letters', () => {
    expect(matches(['octo-org/*', '!octo-org/Sandbox'], 'octo-org/sandbox')).toBe(false);
    expect(matches(['octo-org/*', '!octo-org/Sandbox'], 'octo-org/octo-repo')).toBe(true);
  });

  it.each([
    ['My Special Shop/My Fe App', 'My Special Shop/My Fe App', true],
    ['My Special Shop/*', 'My Special Shop/My Fe App', true],
    ['My Special Shop', 'My Special Shop/My Fe App', true],
    ['My Special', 'My Special Shop/My Fe App', false],
    ['*/My Fe App', 'my special shop/my fe app', true],
    ['~jdoe/notes', '~JDOE/notes', true],
    ['größe/app', 'GRÖSSE/app', false],
    ['größe/app', 'GRÖßE/app', true],
    ['caf\u00e9/*', 'cafe\u0301/menu', true],
    ['проект/*', 'Проект/Магазин', true],
    ['(a+)+/$x', '(a+)+/$x', true],
    ['(a+)+/$x', 'aaa/x', false],
  ])('%s, spelled as its sender does, matches %s: %s', (pattern, repository, expected) => {
    expect(matches([pattern], repository)).toBe(expected);
  });

  it.each([
    '',
    '/',
    '!',
    '!!octo-org',
    ' octo-org',
    'octo-org ',
    'octo-org/ x',
    'octo-org/x\n',
    'a\tb',
    'octo-org/',
    'octo-org/oct*',
    'a/b,c/d',
    'https://github.com/x',
  ])('cannot be %j', (text) => {
    expect(isRepositoryPattern(text)).toBe(false);
  });
});

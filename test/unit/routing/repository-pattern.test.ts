import { describe, expect, it } from 'vitest';
import { compileRepositoryPatterns, isRepositoryPattern } from '../../../src/routing/repository-pattern.js';

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

  it.each(['', '/', 'octo-org/', 'octo-org/oct*', 'octo org/x', 'https://github.com/x'])('cannot be %j', (text) => {
    expect(isRepositoryPattern(text)).toBe(false);
  });
});

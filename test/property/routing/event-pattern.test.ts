import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileEventPatterns, compileRepositoryPatterns } from '../../../src/routing/match-bots.js';

/** The rule as people read it: segment by segment, everything below included, exclusions last. */
const matchesOne = (pattern: string, text: string, separator: string): boolean => {
  if (pattern === '*') return true;
  const segments = text.split(separator);
  return pattern.split(separator).every((wanted, at) => {
    const segment = segments[at];
    return segment !== undefined && segment !== '' && (wanted === '*' || wanted === segment);
  });
};

const matchesAll = (patterns: readonly string[], text: string, separator: string): boolean =>
  patterns.some((pattern) => !pattern.startsWith('!') && matchesOne(pattern, text, separator)) &&
  !patterns.some((pattern) => pattern.startsWith('!') && matchesOne(pattern.slice(1), text, separator));

const segment = fc.constantFrom('github', 'issues', 'issue', 'opened', 'a', 'aa', '_', '-');
const wantedSegment = fc.oneof({ weight: 3, arbitrary: segment }, { weight: 1, arbitrary: fc.constant('*') });

const joined = (separator: string, of: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(of, { minLength: 1, maxLength: 4 }).map((segments) => segments.join(separator));

const patterns = (separator: string): fc.Arbitrary<readonly string[]> =>
  fc.array(
    fc.tuple(fc.constantFrom('', '', '!'), joined(separator, wantedSegment)).map((parts) => parts.join('')),
    { maxLength: 5 },
  );

const runs = { numRuns: 2000 };

describe('patterns', () => {
  it('over event types follow the rule', () => {
    fc.assert(
      fc.property(patterns('.'), joined('.', segment), (list, type) => {
        expect(compileEventPatterns(list)(type)).toBe(matchesAll(list, type, '.'));
      }),
      runs,
    );
  });

  it('over repositories follow the rule, in any case of letters', () => {
    fc.assert(
      fc.property(patterns('/'), joined('/', segment), fc.boolean(), (list, repository, upper) => {
        const spelled = upper ? repository.toUpperCase() : repository;

        expect(compileRepositoryPatterns(list)(spelled)).toBe(matchesAll(list, repository, '/'));
      }),
      runs,
    );
  });
});

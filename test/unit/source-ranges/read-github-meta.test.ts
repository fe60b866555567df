import { describe, expect, it } from 'vitest';
import { readGithubMeta } from '../../../src/source-ranges/read-github-meta.js';

/** The shape of `GET /meta`, whose other lists do not concern us. */
const meta = (hooks: unknown): string =>
  JSON.stringify({
    verifiable_password_authentication: false,
    hooks,
    web: ['192.30.252.0/22'],
    actions: ['4.0.0.0/8'],
  });

const published = ['192.30.252.0/22', '185.199.108.0/22', '140.82.112.0/20', '2a0a:a440::/29'];

describe("GitHub's published list", () => {
  it('gives the ranges of hooks, sorted and without repeats', () => {
    expect(readGithubMeta(meta([...published, '192.30.252.0/22']))).toEqual(published.toSorted());
  });

  it.each([
    ['nothing', ''],
    ['a page in HTML', '<html>Service unavailable</html>'],
    ['a list cut short', meta(published).slice(0, 120)],
    ['another answer', '{"message":"API rate limit exceeded"}'],
    ['no object', '[]'],
    ['null', 'null'],
    ['no ranges', meta([])],
    ['a range among things that are none', meta([...published, 'github.com'])],
    ['numbers', meta([1])],
    ['a text in place of the list', meta('192.30.252.0/22')],
    ['the whole internet', meta([...published, '0.0.0.0/0'])],
    ['the whole internet, IPv6', meta([...published, '::/0'])],
    ['half of the internet', meta(['0.0.0.0/1', '128.0.0.0/1'])],
    ['more ranges than can be', meta(Array.from({ length: 1_001 }, (_, index) => `10.0.${index >> 8}.${index & 255}`))],
    ['nesting without end', `{"hooks":${'['.repeat(1_000_000)}`],
  ])('%s is no list', (_what, text) => {
    expect(readGithubMeta(text)).toBeUndefined();
  });
});

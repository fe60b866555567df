import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveName, conflictName, eventFileOf, safeFileName } from '../../../src/archive/blob-form.js';
import { tagName } from '../../../src/shards/shard-of.js';
import { anyCharacter } from '../../support/any-character.js';

const time = '2026-11-21T23:59:59.999Z';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('archive names', () => {
  it('archive name: provider, day in UTC and the delivery id', () => {
    const name = archiveName({ provider: 'github', time, id: '72d3162e-cc78-11e3-81ab-4c9367dc0958' });

    expect(name).toBe('github/2026/11/21/72d3162e-cc78-11e3-81ab-4c9367dc0958.json');
  });

  it('archive name: a time with an offset counts by its day in UTC', () => {
    expect(archiveName({ provider: 'github', time: '2026-11-22T00:30:00+02:00', id: 'a' })).toBe(
      'github/2026/11/21/a.json',
    );
  });

  it.each([
    '..',
    '../x',
    'a/b',
    'a.b',
    'a_b',
    'sha256:abc',
    'é',
    '',
    ' ',
    'a\n',
    'a%2Fb',
    'a'.repeat(65),
  ])('archive name: the id %j is replaced by its hash', (id) => {
    expect(archiveName({ provider: 'github', time, id })).toBe(`github/2026/11/21/${sha256(id)}.json`);
  });

  it('archive name: whatever the id, the name stays inside its day and is fit for a URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (id) => {
        expect(archiveName({ provider: 'github', time, id })).toMatch(
          /^github\/2026\/11\/21\/[0-9A-Za-z-]{1,64}\.json$/,
        );
      }),
    );
  });

  it('archive name: other bytes under the same id go beside it, under a name with their hash', () => {
    const hash = sha256('other bytes');

    expect(conflictName({ provider: 'github', time, id: 'a-1' }, hash)).toBe(`github/2026/11/21/a-1-${hash}.json`);
  });

  it('archive name: says its event’s file in every account, also beside another one, whatever the id', () => {
    const ids = fc.oneof(fc.string(), fc.constantFrom('a-1', sha256('an id'), `a-${sha256('an id')}`, 'b'.repeat(64)));
    fc.assert(
      fc.property(ids, fc.constantFrom('', '2', 'eu-west'), (id, shard) => {
        for (const name of [
          archiveName({ provider: 'github', time, id }),
          conflictName({ provider: 'github', time, id }, sha256('x')),
        ])
          expect(eventFileOf(tagName(name, shard))).toBe(safeFileName(id));
      }),
    );
  });
});

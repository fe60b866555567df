import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionKeyOf, sessionKeyFor } from '../../../src/routing/address-message.js';
import { anyCharacter } from '../../support/any-character.js';

const key = fc.oneof(fc.string({ unit: anyCharacter }), fc.string({ minLength: 100, maxLength: 200 }));

describe('session key', () => {
  it('is always one that Service Bus takes, and the same for the same event', () => {
    fc.assert(
      fc.property(key, (entity) => {
        const keys = { entity, repository: 'octo-org/octo-repo', source: 'https://github.com/octo-org/octo-repo' };

        const session = sessionKeyFor({ ordered: true, orderBy: 'entity' }, keys);

        expect(session).toMatch(/^[\x20-\x7e]{1,128}$/);
        expect(session).toBe(partitionKeyOf(keys));
      }),
    );
  });

  it('differs for different entities', () => {
    const wellFormed = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(wellFormed, wellFormed, (one, other) => {
        fc.pre(one !== other);
        const keys = { repository: 'octo-org/octo-repo', source: 'https://github.com/octo-org/octo-repo' };

        expect(partitionKeyOf({ ...keys, entity: one })).not.toBe(partitionKeyOf({ ...keys, entity: other }));
      }),
    );
  });
});

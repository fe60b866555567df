import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { partitionKeyOf, sessionKeyFor } from '../../../src/routing/address-message.js';

const keys = {
  entity: 'octo-org/octo-repo/pull_request/42',
  repository: 'octo-org/octo-repo',
  source: 'https://github.com/octo-org/octo-repo',
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('session', () => {
  it.each(['entity', 'repository', 'source'] as const)('of an ordered bot is by %s when it chose so', (orderBy) => {
    expect(sessionKeyFor({ ordered: true, orderBy }, keys)).toBe(keys[orderBy]);
  });

  it('is none for a bot that is not ordered', () => {
    expect(sessionKeyFor({ ordered: false, orderBy: 'entity' }, keys)).toBeUndefined();
  });

  it('is by entity in the envelope', () => {
    expect(partitionKeyOf(keys)).toBe(keys.entity);
  });

  it('keeps a key of 128 characters and hashes a longer one', () => {
    const longest = 'x'.repeat(128);

    expect(partitionKeyOf({ ...keys, entity: longest })).toBe(longest);
    expect(partitionKeyOf({ ...keys, entity: `${longest}x` })).toBe(sha256(`${longest}x`));
  });

  it.each(['octo-org/octo-repo/branch/größe', 'a\nb', 'a\u007fb', '♥', ''])('hashes %j, never drops it', (entity) => {
    expect(sessionKeyFor({ ordered: true, orderBy: 'entity' }, { ...keys, entity })).toBe(sha256(entity));
  });
});

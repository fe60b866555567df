import { expect, it } from 'vitest';
import { coalesced } from '../../../src/consumer/coalesced.js';

it('reads what a message stands for', () => {
  const applicationProperties = { coalescedcount: '3', coalescedids: '["b","c"]' };

  expect(coalesced({ applicationProperties })).toEqual({ count: 3, ids: ['b', 'c'] });
});

it.each([
  {},
  { coalescedcount: '1' },
  { coalescedcount: 'x', coalescedids: '[]' },
  { coalescedcount: '1', coalescedids: '[1]' },
])('a message with %j stands for itself alone', (applicationProperties) => {
  expect(coalesced({ applicationProperties })).toBeUndefined();
});

import { expect, it } from 'vitest';
import { withForwardedFor } from '../../../../../local/functions-host/http/forwarded-for.js';

const from = (remoteAddress: string | undefined, remotePort: number | undefined) => ({ remoteAddress, remotePort });

it.each([
  ['203.0.113.7', '203.0.113.7:51234'],
  ['::ffff:203.0.113.7', '203.0.113.7:51234'],
  ['2001:db8::1', '[2001:db8::1]:51234'],
])('host: a function sees %s as %s', (remoteAddress, expected) => {
  expect(withForwardedFor({ host: 'x' }, from(remoteAddress, 51_234))).toEqual({
    host: 'x',
    'x-forwarded-for': expected,
  });
});

it("host: the caller's own entries stay, before the one that is known", () => {
  const headers = withForwardedFor({ 'x-forwarded-for': '198.51.100.1, junk' }, from('203.0.113.7', 1));

  expect(headers['x-forwarded-for']).toBe('198.51.100.1, junk, 203.0.113.7:1');
});

it('host: a caller that has gone leaves the headers as they came', () => {
  expect(withForwardedFor({ host: 'x' }, from(undefined, undefined))).toEqual({ host: 'x' });
});

import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../../src/source-ranges/allowed-sources.js';

const addressOf = (forwarded: string | undefined): string | undefined =>
  clientAddress(new Headers(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }));

describe('client address', () => {
  it.each([
    ['203.0.113.7:51234', '203.0.113.7'],
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7:51234 ', '203.0.113.7'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
  ])('of %s is %s', (forwarded, expected) => {
    expect(addressOf(forwarded)).toBe(expected);
  });

  it.each([
    ['198.51.100.1, 203.0.113.7:51234', '203.0.113.7'],
    ['198.51.100.1,203.0.113.7:51234', '203.0.113.7'],
    [`${'198.51.100.1, '.repeat(1_000)}203.0.113.7:1`, '203.0.113.7'],
    ['[2001:db8::1]:443, 203.0.113.7:51234', '203.0.113.7'],
    ['203.0.113.7:1, [2001:db8::9]:2', '2001:db8::9'],
  ])('is the last hop, whatever the caller wrote before it (%#)', (forwarded, expected) => {
    expect(addressOf(forwarded)).toBe(expected);
  });

  it.each([
    undefined,
    '',
    ',',
    '203.0.113.7,',
    '198.51.100.1, unknown',
    '198.51.100.1, _hidden',
    '198.51.100.1, -',
    '203.0.113.256',
    '203.0.113.7.1',
    '203.0.113.7:',
    '203.0.113.7:123456',
    '0313.0.0.1',
    '3405803783',
    '0xcb.0.0x71.7',
    '[203.0.113.7]x',
    '[2001:db8::1',
    '2001:db8::1]:443',
    '[2001:db8::1]:443:1',
    '[fe80::1%eth0]:443',
    'fe80::1%2',
    'example.org',
    'http://203.0.113.7',
    '203.0.113.7; x',
    'a'.repeat(30_000),
    `[${':'.repeat(10_000)}]`,
  ])('of junk is not known, and never an earlier entry (%#)', (forwarded) => {
    expect(addressOf(forwarded)).toBeUndefined();
  });
});

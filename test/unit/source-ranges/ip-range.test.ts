import { describe, expect, it } from 'vitest';
import { createIpRanges, parseIpRange } from '../../../src/source-ranges/ip-range.js';

describe('a range of addresses', () => {
  it.each([
    ['192.30.252.0/22', { address: '192.30.252.0', prefix: 22, family: 'ipv4' }],
    ['203.0.113.7', { address: '203.0.113.7', prefix: 32, family: 'ipv4' }],
    ['2a0a:a440::/29', { address: '2a0a:a440::', prefix: 29, family: 'ipv6' }],
    ['::1', { address: '::1', prefix: 128, family: 'ipv6' }],
    ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0, family: 'ipv4' }],
  ])('%s is one', (text, range) => {
    expect(parseIpRange(text)).toEqual(range);
  });

  it.each([
    '',
    '/22',
    '192.30.252.0/',
    '192.30.252.0/33',
    '192.30.252.0/022',
    '192.30.252.0/-1',
    '192.30.252.0/2.5',
    '192.30.252/22',
    '192.30.252.256/22',
    ' 192.30.252.0/22',
    '2a0a:a440::/129',
    '2a0a:a440/29',
    'fe80::1%eth0',
    '*',
    'github.com',
    '192.30.252.0-192.30.255.255',
  ])('%j is none', (text) => {
    expect(parseIpRange(text)).toBeUndefined();
  });

  const holds = createIpRanges(['192.30.252.0/22', '203.0.113.7', '2a0a:a440::/29', 'junk']);

  it.each([
    '192.30.252.0',
    '192.30.255.255',
    '203.0.113.7',
    '2a0a:a440::',
    '2a0a:a447:ffff::1',
  ])('holds %s', (address) => {
    expect(holds(address)).toBe(true);
  });

  it.each([
    '192.30.251.255',
    '192.31.0.0',
    '203.0.113.8',
    '2a0a:a448::',
    '2a0a:a43f:ffff::1',
    '::1',
    'junk',
  ])('does not hold %s', (address) => {
    expect(holds(address)).toBe(false);
  });
});

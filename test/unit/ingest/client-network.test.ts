import { expect, it } from 'vitest';
import { clientNetwork } from '../../../src/ingest/authentication-failures.js';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  [undefined, 'unknown'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['2001:db8:a:b:c:d:e:f', '2001:db8:a:b::/64'],
  ['2001:db8:a:b::', '2001:db8:a:b::/64'],
  ['1:2:3:4:5:6::', '1:2:3:4::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['::5:4:3:2:1', '0:0:0:5::/64'],
])('the network of %s is %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});

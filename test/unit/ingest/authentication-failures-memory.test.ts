import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createAuthenticationFailures } from '../../../src/ingest/authentication-failures.js';
import { clientAddress } from '../../../src/source-ranges/allowed-sources.js';
import { ManualClock } from '../../support/manual-clock.js';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

const heapBytes = (): number => {
  if (typeof collectGarbage === 'function') collectGarbage();
  return process.memoryUsage().heapUsed;
};

/** The longest key there is: a provider's name of 63 characters and the /64 of an IPv6 address. */
const provider = 'p'.repeat(63);

/** As it comes: at the end of a long header, which must not live on with it. */
const addressOf = (index: number): string | undefined => {
  const network = `${(0x1000 + (index >> 16)).toString(16)}:${(0x1000 + (index & 0xfff)).toString(16)}:${(index & 0xf000) >> 12}abc`;
  const forwarded = `${'198.51.100.1, '.repeat(20)}[2001:${network}::1]:51234`;
  return clientAddress(new Headers({ 'x-forwarded-for': forwarded }));
};

it('100,000 addresses take no more memory than the 10,000 that there is room for, at most 800 bytes each', () => {
  const clock = new ManualClock();
  const failures = createAuthenticationFailures({ clock });
  const failTenTimes = (index: number): void => {
    const address = addressOf(index);
    for (let count = 0; count < 10; count += 1) {
      clock.advance(0.5);
      failures.add(provider, address);
    }
  };

  const empty = heapBytes();
  for (let index = 0; index < 10_000; index += 1) failTenTimes(index);
  const full = heapBytes();
  for (let index = 10_000; index < 100_000; index += 1) failures.add(provider, addressOf(index));
  const flooded = heapBytes();

  expect(failures.size).toBeLessThanOrEqual(10_000);
  expect(full - empty).toBeLessThan(8_000_000);
  expect(flooded - empty).toBeLessThan(8_000_000);
});

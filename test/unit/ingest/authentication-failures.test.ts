import { describe, expect, it } from 'vitest';
import {
  type AuthenticationFailures,
  createAuthenticationFailures,
} from '../../../src/ingest/authentication-failures.js';
import { ManualClock } from '../../support/manual-clock.js';

const fiveMinutesMs = 300_000;

const putOnTest = (capacity?: number) => {
  const clock = new ManualClock();
  const failures = createAuthenticationFailures({ clock, ...(capacity !== undefined && { capacity }) });
  return { clock, failures };
};

const fail = (failures: AuthenticationFailures, address: string | undefined, times: number): readonly unknown[] =>
  Array.from({ length: times }, () => failures.add('github', address));

const ipv4 = (index: number): string => `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;

describe('authentication failures', () => {
  it('ten within five minutes are told as what they are, the eleventh is held up until the first is five minutes old', () => {
    const { clock, failures } = putOnTest();

    expect(fail(failures, '203.0.113.7', 1)).toEqual([undefined]);
    clock.advance(60_000);
    expect(fail(failures, '203.0.113.7', 9)).toEqual(Array.from({ length: 9 }));
    clock.advance(1_000);
    expect(fail(failures, '203.0.113.7', 2)).toEqual([fiveMinutesMs - 61_000, fiveMinutesMs - 61_000]);
  });

  it('the window slides: no ten minutes have more than twenty answers', () => {
    const { clock, failures } = putOnTest();
    let told = 0;

    for (let second = 0; second < 600; second += 1) {
      if (failures.add('github', '203.0.113.7') === undefined) told += 1;
      clock.advance(1_000);
    }

    expect(told).toBe(20);
  });

  it('a failure exactly five minutes old is out of the window, one a millisecond younger is not', () => {
    const { clock, failures } = putOnTest();
    fail(failures, '203.0.113.7', 10);

    clock.advance(fiveMinutesMs - 1);
    expect(failures.add('github', '203.0.113.7')).toBe(1);
    clock.advance(1);
    expect(failures.add('github', '203.0.113.7')).toBeUndefined();
  });

  it('failures that are held up do not make the wait longer', () => {
    const { clock, failures } = putOnTest();
    fail(failures, '203.0.113.7', 10);
    clock.advance(100_000);

    expect(fail(failures, '203.0.113.7', 500).at(-1)).toBe(200_000);
  });

  it('providers and addresses are counted apart', () => {
    const { failures } = putOnTest();
    fail(failures, '203.0.113.7', 10);

    expect(failures.add('slack', '203.0.113.7')).toBeUndefined();
    expect(failures.add('github', '203.0.113.8')).toBeUndefined();
    expect(failures.add('github', '203.0.113.7')).toBeGreaterThan(0);
  });

  it('the addresses of one IPv6 /64 count together, those of the next do not', () => {
    const { failures } = putOnTest();
    for (let host = 1; host <= 10; host += 1) failures.add('github', `2001:db8:0:1::${host.toString(16)}`);

    expect(failures.add('github', '2001:db8:0:1:ffff:ffff:ffff:ffff')).toBeGreaterThan(0);
    expect(failures.add('github', '2001:db8:0:2::1')).toBeUndefined();
  });

  it('callers whose address is not known count together', () => {
    const { failures } = putOnTest();
    fail(failures, undefined, 10);

    expect(failures.add('github', undefined)).toBeGreaterThan(0);
    expect(failures.add('github', '203.0.113.7')).toBeUndefined();
  });

  it('a flood of 100,000 addresses never holds more than there is room for', () => {
    const { failures } = putOnTest();

    for (let index = 0; index < 100_000; index += 1) failures.add('github', ipv4(index));

    expect(failures.size).toBeGreaterThan(9_800);
    expect(failures.size).toBeLessThanOrEqual(10_000);
  });

  it('a flood of 100,000 addresses does not free one that is held up, nor one that is nearly', () => {
    const { failures } = putOnTest();
    fail(failures, '203.0.113.7', 10);
    fail(failures, '203.0.113.8', 9);

    for (let index = 0; index < 100_000; index += 1) failures.add('github', ipv4(index));

    expect(failures.add('github', '203.0.113.7')).toBe(fiveMinutesMs);
    expect(fail(failures, '203.0.113.8', 2)).toEqual([undefined, fiveMinutesMs]);
  });

  it('a house full of addresses that are held up gives one place to newcomers, who push out one another', () => {
    const { failures } = putOnTest(100);
    for (let index = 0; index < 100; index += 1) fail(failures, ipv4(index), 10);

    for (let index = 1_000; index < 2_000; index += 1) failures.add('github', ipv4(index));

    const heldUp = Array.from({ length: 99 }, (_, index) => failures.add('github', ipv4(index + 1)));
    expect(heldUp).toEqual(Array.from({ length: 99 }, () => fiveMinutesMs));
    expect(failures.size).toBe(100);
  });

  it('what has expired makes room first, however many failures it had', () => {
    const { clock, failures } = putOnTest(3);
    fail(failures, '203.0.113.7', 10);
    fail(failures, '203.0.113.8', 5);
    clock.advance(fiveMinutesMs - 1);
    fail(failures, '203.0.113.9', 1);
    clock.advance(1);

    failures.add('github', '203.0.113.10');

    expect(failures.size).toBe(2);
  });
});

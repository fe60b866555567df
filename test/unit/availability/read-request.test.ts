import { describe, expect, it } from 'vitest';
import { readRequest } from '../../availability/read-request.js';

const usual: Parameters<typeof readRequest>[0] = {
  rate: '25',
  seconds: '180',
  kills: false,
  reconcile: false,
  both: false,
  fault: [],
  shards: '1',
  secret: 'fallback',
  'queue-unavailable': 'reject',
};

describe('availability: options', () => {
  it('reads one run of both sides', () => {
    expect(readRequest({ ...usual, seed: '7' }).runs).toMatchObject([
      { plan: { seed: 7, kills: false, fixed: [] }, sides: ['Breakwater', 'by hand'], startsCold: false },
    ]);
  });

  it('reads a series: each seed without kills, then each with', () => {
    const { runs } = readRequest({ ...usual, seeds: '1-3', both: true });

    expect(runs.map(({ plan: { seed, kills } }) => [seed, kills])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [1, true],
      [2, true],
      [3, true],
    ]);
  });

  it('reads faults that last, and starts cold when the vault is away and no secret was read before', () => {
    const fault = ['key-vault:slow:400', 'blob-storage:hang'];

    expect(readRequest({ ...usual, fault, secret: 'cold' }).runs).toMatchObject([
      {
        plan: {
          fixed: [
            { service: 'key-vault', fault: 'slow 400' },
            { service: 'blob-storage', fault: 'hang' },
          ],
        },
        startsCold: true,
      },
    ]);
    expect(readRequest({ ...usual, fault, secret: 'vault' }).runs[0]?.startsCold).toBe(false);
  });

  it.each([
    [{ fault: ['vault:hang'] }, '--fault "vault:hang" does not begin with blob-storage, service-bus, key-vault'],
    [{ fault: ['key-vault:sulk'] }, '--fault "key-vault:sulk": There is no fault "sulk"'],
    [{ secret: 'cold' }, '--secret cold needs a --fault of key-vault'],
    [{ secret: 'none' }, '--secret "none" is none of fallback, vault, cold'],
    [{ only: 'app-by-hand' }, '--only "app-by-hand" is none of app, by-hand'],
    [{ seeds: '5-1' }, '--seeds "1" is not a whole number from 5 to 104'],
  ])('refuses %j', (values, problem) => {
    expect(() => readRequest({ ...usual, ...values })).toThrow(problem);
  });
});

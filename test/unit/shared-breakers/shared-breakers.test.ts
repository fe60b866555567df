import { beforeEach, describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { serviceBusBreakerOptions } from '../../../src/settings/azure-breaker-options.js';
import { SharedBreakers } from '../../../src/shared-breakers/shared-breakers.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemorySharedStateStore, type MemorySharedStateStore } from '../../support/memory/shared-state-store.js';
import { settled } from '../../support/until.js';

const { coolDownMs } = serviceBusBreakerOptions;

let clock: ManualClock;
let store: MemorySharedStateStore;
let isDown: boolean;
let ids: number;

interface Instance {
  readonly breaker: CircuitBreaker;
  readonly sharing: SharedBreakers;
  /** Calls that reached the dependency. */
  readonly calls: number;
  readonly lines: readonly string[];
  call(): Promise<boolean>;
}

const start = async (
  process: string,
  { options = {}, own = clock }: { readonly options?: object; readonly own?: ManualClock } = {},
): Promise<Instance> => {
  const breaker = new CircuitBreaker({
    name: 'service-bus',
    clock: own,
    options: { ...serviceBusBreakerOptions, ...options },
  });
  const lines: string[] = [];
  const sharing = new SharedBreakers({
    store,
    breakers: [breaker],
    process,
    clock: own,
    log: { write: (_level, event) => void lines.push(event) },
    newId: () => {
      ids += 1;
      return `${process}-${ids}`;
    },
    outside: (work) => work(),
  });
  await sharing.start();
  let calls = 0;
  return {
    breaker,
    sharing,
    lines,
    get calls() {
      return calls;
    },
    call: async () => {
      const { ok } = await breaker.call(async () => {
        calls += 1;
        if (isDown) throw new Error('Down');
      });
      return ok;
    },
  };
};

const pass = async (ms: number): Promise<void> => {
  for (let left = ms; left > 0; left -= 250) {
    clock.advance(Math.min(250, left));
    await settled();
  }
};

const fail = async (instance: Instance): Promise<void> => {
  isDown = true;
  for (let call = 0; call < 5; call += 1) await instance.call();
  await settled();
};

const record = (entry: object): string =>
  JSON.stringify({
    version: 1,
    breakers: { 'service-bus': { id: 'x', by: 'somebody', kind: 'Open', remainingMs: 1_000, ...entry } },
  });

beforeEach(() => {
  clock = new ManualClock();
  store = createMemorySharedStateStore(clock);
  isDown = false;
  ids = 0;
});

describe('breakers of several instances', () => {
  it('one that opens is open on the others within three seconds, without a call of theirs, for what remains of its cool-down', async () => {
    const one = await start('one');
    const other = await start('other');

    await fail(one);
    await pass(3_000);

    expect(await other.call()).toBe(false);
    expect(other.calls).toBe(0);
    expect(other.breaker.retryAfterMs).toBeLessThanOrEqual(coolDownMs - 3_000);
    expect(other.breaker.retryAfterMs).toBeGreaterThan(coolDownMs - 4_000);
    expect(other.lines).toContain('breaker.adopted');
  });

  it('an instance that starts while another is open makes no call of its own', async () => {
    const one = await start('one');
    await fail(one);
    await pass(10_000);

    const late = await start('late');

    expect(late.breaker.state).toBe('Open');
    expect(late.breaker.retryAfterMs).toBeLessThanOrEqual(coolDownMs - 10_000);
  });

  it('one instance probes, whoever it is, and the others close by its success', async () => {
    const instances = await Promise.all(['one', 'two', 'three', 'four'].map((name) => start(name)));
    const [first] = instances;
    if (first === undefined) throw new Error('There is no instance');
    await fail(first);
    await pass(5_000);
    const before = instances.map(({ calls }) => calls);
    const callAll = async (): Promise<void> => {
      for (let left = 0; left < coolDownMs; left += 250) {
        for (const instance of instances.toReversed()) await instance.call();
        await pass(250);
      }
    };

    await callAll();
    const probes = instances.map(({ calls }, index) => calls - (before[index] ?? 0));
    isDown = false;
    await callAll();

    expect(probes.filter((count) => count > 0)).toEqual([1]);
    expect(instances.map(({ breaker }) => breaker.state)).toEqual(['Closed', 'Closed', 'Closed', 'Closed']);
  });

  it('when the one that was to probe has died, another does after its deadline', async () => {
    const one = await start('one');
    const other = await start('other');
    await fail(one);
    await pass(coolDownMs - 2_000);
    await one.call();
    await pass(1_500);
    one.sharing.stop();
    isDown = false;

    const passed: number[] = [];
    for (let ms = 0; ms < 15_000; ms += 500) {
      if (await other.call()) passed.push(ms);
      await pass(500);
    }

    expect(passed.length).toBeGreaterThan(0);
    expect(passed[0]).toBeLessThanOrEqual(11_000);
  });

  it('a reset and a change reach the others, and instances that start later', async () => {
    const one = await start('one');
    const other = await start('other');
    await fail(one);
    await pass(3_000);

    one.breaker.updateOptions({ coolDownMs: 5_000 });
    one.breaker.reset();
    const told = [
      await one.sharing.share({ kind: 'change', breaker: 'service-bus', patch: { coolDownMs: 5_000 } }),
      await one.sharing.share({ kind: 'reset', breakers: ['service-bus'] }),
    ];
    await pass(3_000);
    const late = await start('late');

    expect(told).toEqual([true, true]);
    expect(other.breaker.snapshot()).toMatchObject({ state: 'Closed', rejected: 0 });
    for (const { breaker } of [other, late]) expect(breaker.options.coolDownMs).toBe(5_000);
    expect(late.breaker.state).toBe('Closed');
  });

  it('two changes on two instances at once both hold everywhere', async () => {
    const one = await start('one');
    const other = await start('other');
    one.breaker.updateOptions({ coolDownMs: 5_000 });
    other.breaker.updateOptions({ failureThreshold: 9 });

    await Promise.all([
      one.sharing.share({ kind: 'change', breaker: 'service-bus', patch: { coolDownMs: 5_000 } }),
      other.sharing.share({ kind: 'change', breaker: 'service-bus', patch: { failureThreshold: 9 } }),
    ]);
    await pass(3_000);

    for (const { breaker } of [one, other, await start('late')])
      expect(breaker.options).toMatchObject({ coolDownMs: 5_000, failureThreshold: 9 });
  });

  it('a reset is not taken back by those that were open by themselves, nor does it close one that has opened since', async () => {
    const one = await start('one');
    const other = await start('other');
    await fail(one);
    await fail(other);
    one.breaker.reset();
    await one.sharing.share({ kind: 'reset', breakers: ['service-bus'] });
    await fail(one);
    await pass(3_000);

    expect(one.breaker.state).toBe('Open');
    expect(other.breaker.state).toBe('Open');
    expect(store.writes).toBeLessThan(8);
  });

  it('a change ends with the settings that it was made on', async () => {
    const one = await start('one');
    one.breaker.updateOptions({ coolDownMs: 5_000 });
    await one.sharing.share({ kind: 'change', breaker: 'service-bus', patch: { coolDownMs: 5_000 } });

    const deployed = await start('deployed', { options: { coolDownMs: 60_000 } });

    expect(deployed.breaker.options.coolDownMs).toBe(60_000);
  });

  it.each([
    'fails',
    'hangs',
  ] as const)('while the store %s each decides for itself, and tells it afterwards', async (fault) => {
    const one = await start('one');
    const other = await start('other');
    store.setFault(fault);
    await pass(20_000);
    await fail(one);
    await pass(10_000);
    const alone = [one.breaker.state, other.breaker.state];
    store.setFault(undefined);
    await pass(10_000);

    expect(alone).toEqual(['Open', 'Closed']);
    expect(other.breaker.state).toBe('Open');
    expect(other.lines.filter((line) => line === 'breakers.not-shared')).toHaveLength(1);
    expect(other.lines.filter((line) => line === 'breakers.shared')).toHaveLength(1);
  });

  it('a command says when it could not be told, and is told later', async () => {
    const one = await start('one');
    const other = await start('other');
    store.setFault('fails');
    one.breaker.updateOptions({ coolDownMs: 5_000 });
    const told = await one.sharing.share({ kind: 'change', breaker: 'service-bus', patch: { coolDownMs: 5_000 } });
    store.setFault(undefined);
    await pass(10_000);

    expect(told).toBe(false);
    expect(other.breaker.options.coolDownMs).toBe(5_000);
  });

  it.each([
    ['has a hostile cool-down', record({ remainingMs: 2 ** 31 - 1 })],
    ['is of a probe that never ends', record({ kind: 'HalfOpen', remainingMs: 2 ** 31 - 1 })],
  ])('a record that %s holds no longer than the own cool-down', async (_what, text) => {
    const one = await start('one');
    store.put(record({ id: 'first', remainingMs: 1_000 }));
    await pass(2_000);
    store.put(text);
    await pass(coolDownMs + 2_000);

    expect(await one.call()).toBe(true);
  });

  it('records without end hold for three cool-downs at the most', async () => {
    const one = await start('one');
    let passed = 0;
    for (let ms = 0; ms < 4 * coolDownMs + 5_000; ms += 1_000) {
      store.put(record({ id: `forged-${ms}`, kind: ms % 2_000 === 0 ? 'Open' : 'HalfOpen', remainingMs: 2 ** 31 - 1 }));
      await pass(1_000);
      if (await one.call()) passed += 1;
    }

    expect(passed).toBeGreaterThan(0);
  });

  it.each([
    'not JSON',
    '',
    '[]',
    'null',
    '{"version":2,"breakers":{}}',
    '{"version":1,"breakers":{"service-bus":{"id":"x","by":"y","kind":"Open","remainingMs":-1}}}',
    '{"version":1,"breakers":{"service-bus":{"id":"x","by":"y","kind":"Ajar","remainingMs":1}}}',
    '{"version":1,"breakers":{"__proto__":{"id":"x","by":"y","kind":"Open","remainingMs":1}}}',
    record({ kind: 'Closed', change: { id: 'c', base: 'no such', patch: { coolDownMs: 1 } } }),
  ])('what is no record changes nothing, and is replaced: %s', async (text) => {
    const one = await start('one');
    const other = await start('other');
    store.put(text);
    await pass(3_000);
    const before = one.breaker.state;
    await fail(one);
    await pass(3_000);

    expect(before).toBe('Closed');
    expect(one.breaker.options).toMatchObject(serviceBusBreakerOptions);
    expect(other.breaker.state).toBe('Open');
  });

  it('a change with values that cannot be used changes nothing', async () => {
    const one = await start('one');
    const base = JSON.stringify(one.breaker.options);
    store.put(record({ kind: 'Closed', change: { id: 'c', base, patch: { coolDownMs: -1, failureThreshold: 2 } } }));
    await pass(3_000);

    expect(one.breaker.options).toMatchObject(serviceBusBreakerOptions);
  });

  it('a clock that is hours ahead makes no difference', async () => {
    const one = await start('one');
    const ahead = new ManualClock('2026-01-01T09:00:00.000Z');
    ahead.advance(9 * 3_600_000);
    const other = await start('other', { own: ahead });
    await fail(one);
    for (let ms = 0; ms < 3_000; ms += 250) {
      ahead.advance(250);
      await settled();
    }

    expect(other.breaker.state).toBe('Open');
    expect(other.breaker.retryAfterMs).toBeLessThanOrEqual(coolDownMs);
    expect(other.breaker.retryAfterMs).toBeGreaterThan(coolDownMs - 4_000);
  });

  it('many that find it out at once write it down once', async () => {
    const instances = await Promise.all(Array.from({ length: 8 }, (_, n) => start(`instance-${n}`)));
    isDown = true;
    for (let call = 0; call < 5; call += 1) await Promise.all(instances.map((instance) => instance.call()));
    await pass(3_000);

    expect(instances.every(({ breaker }) => breaker.state === 'Open')).toBe(true);
    expect(store.writes).toBeLessThanOrEqual(3);
  });

  it('while nothing happens nothing is written', async () => {
    await start('one');
    await start('other');
    await pass(60_000);

    expect(store.writes).toBe(0);
  });
});

import { describe, expect, test } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { CircuitBreakerRegistry, KeyedBreakers } from '../../../src/circuit-breaker/registry.js';
import { ManualClock } from '../../support/manual-clock.js';

const create = (name: string): CircuitBreaker<string, unknown> =>
  new CircuitBreaker({
    name,
    options: { ...defaultBreakerOptions, failureThreshold: 1 },
    classify: (error) => ({ verdict: 'failure', error }),
    clock: new ManualClock(),
  });

const fail = (breaker: CircuitBreaker<string, unknown>) =>
  breaker.call(() => Promise.reject<string>(new Error('down')));
const hang = (breaker: CircuitBreaker<string, unknown>) => void breaker.call(() => new Promise<string>(() => {}));

describe('breaker registry', () => {
  test('finds, lists, reads and resets breakers by name', async () => {
    const registry = new CircuitBreakerRegistry();
    const orders = registry.register(create('orders'));
    registry.register(create('invoices'));
    await fail(orders);

    const health = registry.healthStatus();
    const metrics = registry.allMetrics();
    registry.resetAll();

    expect(registry.get('orders')).toBe(orders);
    expect(registry.get('toString')).toBeUndefined();
    expect(health).toEqual({
      status: 'unhealthy',
      isHealthy: false,
      breakers: {
        orders: { healthy: false, state: 'Open', retryAfterMs: 30_000 },
        invoices: { healthy: true, state: 'Closed', retryAfterMs: 0 },
      },
    });
    expect(Object.keys(metrics)).toEqual(['orders', 'invoices']);
    expect(metrics['orders']).toMatchObject({ name: 'orders', state: 'Open' });
    expect(registry.healthStatus()).toMatchObject({ status: 'healthy', isHealthy: true });
  });

  test('finds one of thousands without a look at the others', async () => {
    let looks = 0;
    class Watched extends CircuitBreaker<string, unknown> {
      override get isHealthy(): boolean {
        looks += 1;
        return super.isHealthy;
      }
    }
    const classify = (error: unknown) => ({ verdict: 'failure', error }) as const;
    const keyed = new KeyedBreakers({ create: (key) => new Watched({ name: `shelf:${key}`, classify }), limit: 1_000 });
    const registry = new CircuitBreakerRegistry();
    const lists = { named: (name: string) => keyed.named(name), [Symbol.iterator]: () => expect.unreachable() };
    registry.registerGroup(lists);
    for (let n = 0; n < 2_000; n += 1) keyed.get(`${n}`);
    for (let n = 0; n < 2_000; n += 1) registry.getOrCreate(`${n}`);

    expect(looks).toBeLessThanOrEqual(2_000);
    expect(registry.get('shelf:1999')).toBe(keyed.get('1999'));
    expect(registry.get('shelf:999')).toBeUndefined();
  });

  test('takes no name twice', () => {
    const registry = new CircuitBreakerRegistry();
    registry.register(create('orders'));
    registry.registerGroup([create('grouped')]);

    expect(() => registry.register(create('orders'))).toThrow('Circuit breaker orders is already registered');
    expect(() => registry.register(create('grouped'))).toThrow(RangeError);
    expect([...registry].map(({ name }) => name)).toEqual(['orders', 'grouped']);
  });

  test('knows the breakers that a group holds at the time', async () => {
    const registry = new CircuitBreakerRegistry();
    registry.register(create('orders'));
    const shelves = registry.registerGroup(new KeyedBreakers({ create: (key) => create(`shelf:${key}`), limit: 10 }));

    await fail(shelves.get('a'));
    shelves.get('b');

    expect(Object.keys(registry.healthStatus().breakers)).toEqual(['orders', 'shelf:a', 'shelf:b']);
    expect(registry.get('shelf:b')).toBe(shelves.get('b'));
    registry.resetAll();
    expect(shelves.get('a').state).toBe('Closed');
  });

  test('finds a breaker in whichever group holds it, lists without names among them', () => {
    const registry = new CircuitBreakerRegistry();
    const shelves = registry.registerGroup(new KeyedBreakers({ create: (key) => create(`shelf:${key}`), limit: 10 }));
    const [first, second] = registry.registerGroup([create('first'), create('second')]);
    const boxes = registry.registerGroup(new KeyedBreakers({ create: (key) => create(`box:${key}`), limit: 10 }));

    const found = [shelves.get('a'), first, second, boxes.get('a')].map((one) => registry.get(one?.name ?? '') === one);

    expect(found).toEqual([true, true, true, true]);
    expect(registry.get('third')).toBeUndefined();
  });

  test('gets the breaker of a name, made as it is said when there is none', () => {
    const registry = new CircuitBreakerRegistry({ preset: 'staging', options: { successThreshold: 7 } });

    const orders = registry.getOrCreate('orders', { preset: 'database', options: { failureThreshold: 2 } });

    expect(registry.getOrCreate('orders')).toBe(orders);
    expect(orders.options).toMatchObject({ failureThreshold: 2, coolDownMs: 20_000, operationTimeoutMs: 5_000 });
    expect(registry.getOrCreate('invoices').options).toMatchObject({ coolDownMs: 15_000, successThreshold: 7 });
  });

  test('makes a breaker that knows its types, with the defaults of the registry', async () => {
    const heard: string[] = [];
    const registry = new CircuitBreakerRegistry({ onTransition: ({ breaker }) => heard.push(breaker) });
    const typed = registry.create<number, string>({
      name: 'typed',
      options: { failureThreshold: 1 },
      classify: () => ({ verdict: 'failure', error: 'its own error' }),
    });

    const result = await typed.call(() => Promise.reject<number>(new Error('down')));

    expect(result).toEqual({
      ok: false,
      error: { kind: 'operation-failed', breaker: 'typed', cause: 'its own error' },
    });
    expect(heard).toEqual(['typed']);
    expect(() => registry.create({ name: 'typed' })).toThrow('Circuit breaker typed is already registered');
  });

  test('executes by name, with a fallback, through one breaker', async () => {
    const registry = new CircuitBreakerRegistry({ options: { failureThreshold: 2 }, clock: new ManualClock() });
    const fails = () => Promise.reject<string>(new Error('down'));

    const answers = [
      await registry.execute('orders', async () => 'answer'),
      await registry.execute('orders', fails, 'spare'),
      await registry.execute('orders', fails, ({ code }) => code),
      await registry.execute(
        'orders',
        async () => 'never asked',
        ({ code }) => code,
      ),
    ];

    expect(answers).toEqual(['answer', 'spare', 'operation-failed', 'circuit-open']);
    await expect(registry.execute('orders', fails)).rejects.toMatchObject({ code: 'circuit-open', breaker: 'orders' });
  });

  test('resets one by name, and says when there is none', async () => {
    const registry = new CircuitBreakerRegistry();
    const orders = registry.register(create('orders'));
    const invoices = registry.register(create('invoices'));
    await Promise.all([fail(orders), fail(invoices)]);

    expect([registry.reset('orders'), registry.reset('nobody')]).toEqual([true, false]);
    expect([orders.state, invoices.state]).toEqual(['Closed', 'Open']);
  });

  test('is degraded while a breaker probes and none is open', async () => {
    const clock = new ManualClock();
    const registry = new CircuitBreakerRegistry({ clock, options: { failureThreshold: 1 } });
    const orders = registry.getOrCreate('orders');
    await orders.call(() => Promise.reject(new Error('down')));
    clock.advance(30_000);
    await orders.call(async () => 'answer');

    expect(registry.healthStatus()).toMatchObject({ status: 'degraded', isHealthy: false });
  });

  test('has groups of breakers, one per endpoint, all made alike', () => {
    const registry = new CircuitBreakerRegistry({ preset: 'production' });
    const hosts = registry.group('hosts', { limit: 2, preset: 'rpc' });

    for (const key of ['a', 'b', 'c']) hosts.get(key);

    expect([...registry].map(({ name }) => name)).toEqual(['hosts:b', 'hosts:c']);
    expect(hosts.get('c').options).toMatchObject({ coolDownMs: 10_000, failureRateThreshold: 0.5 });
    expect(registry.get('hosts:b')).toBe(hosts.get('b'));
  });

  test('has no breaker of its own for a name that another kind has', () => {
    const registry = new CircuitBreakerRegistry();
    const foreign = { ...create('orders'), name: 'orders' };
    Reflect.apply(registry.register, registry, [foreign]);

    expect(() => registry.getOrCreate('orders')).toThrow(new RangeError('Circuit breaker orders is of another kind'));
  });
});

describe('keyed breakers', () => {
  test('one key has one breaker, which the others’ failures do not touch', async () => {
    const shelves = new KeyedBreakers({ create, limit: 10 });

    await fail(shelves.get('a'));

    expect(shelves.get('a').state).toBe('Open');
    expect(shelves.get('b').state).toBe('Closed');
    expect(shelves.get('a')).toBe(shelves.get('a'));
  });

  test('above the limit, the closed and idle one that was not asked for longest goes', async () => {
    const shelves = new KeyedBreakers({ create, limit: 4 });
    await fail(shelves.get('open'));
    hang(shelves.get('busy'));
    shelves.get('idle');
    shelves.get('asked again');
    shelves.get('idle');

    shelves.get('new');

    expect([...shelves].map(({ name }) => name)).toEqual(['open', 'busy', 'idle', 'new']);
    expect(shelves.size).toBe(4);
  });

  test('when none is closed and idle, a closed one goes, and never one that is open', async () => {
    const shelves = new KeyedBreakers({ create, limit: 2 });
    await fail(shelves.get('open'));
    hang(shelves.get('busy'));

    shelves.get('new');

    expect([...shelves].map(({ name }) => name)).toEqual(['open', 'new']);
  });

  test('one that an operator holds never goes', () => {
    const shelves = new KeyedBreakers({ create, limit: 1 });
    shelves.get('held').disable();

    expect(shelves.get('new').name).toBe('others');
    expect(shelves.get('held').mode).toBe('disabled');
  });

  test('while all are open, further keys share one breaker, and none is forgotten', async () => {
    const shelves = new KeyedBreakers({ create, limit: 2 });
    for (const key of ['a', 'b']) await fail(shelves.get(key));

    const shared = shelves.get('c');
    await fail(shared);

    expect(shelves.get('d')).toBe(shared);
    expect([...shelves].map(({ name, state }) => `${name} ${state}`)).toEqual(['a Open', 'b Open', 'others Open']);
    shelves.get('a').reset();
    expect(shelves.get('d')).not.toBe(shared);
    expect(shelves.get('b').state).toBe('Open');
  });

  test('asking for a known key at the limit drops nothing', () => {
    const shelves = new KeyedBreakers({ create, limit: 2 });
    shelves.get('a');
    const b = shelves.get('b');

    expect(shelves.get('b')).toBe(b);
    expect([...shelves].map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('know of two with one name the later one, also when the earlier one goes', () => {
    const shelves = new KeyedBreakers({ create: (key) => create(key === 'new' ? 'new' : 'alike'), limit: 2 });
    shelves.get('a');
    const later = shelves.get('b');

    shelves.get('new');

    expect(shelves.named('alike')).toBe(later);
    shelves.get('newer');
    expect(shelves.named('alike')).toBe(shelves.get('newer'));
  });

  test('take a limit of one', () => {
    const shelves = new KeyedBreakers({ create, limit: 1 });

    shelves.get('a');
    shelves.get('b');

    expect([...shelves].map(({ name }) => name)).toEqual(['b']);
  });

  test.each([0, 1.5, Number.NaN, -1])('take no limit of %d', (limit) => {
    expect(() => new KeyedBreakers({ create, limit })).toThrow(
      new RangeError(`Keyed breakers: limit is ${limit}, expected a whole number from 1`),
    );
  });
});

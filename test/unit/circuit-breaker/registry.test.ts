import { describe, expect, test } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { KeyedBreakers } from '../../../src/circuit-breaker/keyed-breakers.js';
import { defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { CircuitBreakerRegistry } from '../../../src/circuit-breaker/registry.js';
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

    const health = registry.health();
    const snapshots = registry.snapshots();
    registry.resetAll();

    expect(registry.names()).toEqual(['orders', 'invoices']);
    expect(registry.get('orders')).toBe(orders);
    expect(registry.get('toString')).toBeUndefined();
    expect(health).toEqual({ orders: false, invoices: true });
    expect(snapshots['orders']).toMatchObject({ name: 'orders', state: 'Open' });
    expect(registry.health()).toEqual({ orders: true, invoices: true });
  });

  test('takes no name twice', () => {
    const registry = new CircuitBreakerRegistry();
    registry.register(create('orders'));
    registry.registerGroup([create('grouped')]);

    expect(() => registry.register(create('orders'))).toThrow('Circuit breaker orders is already registered');
    expect(() => registry.register(create('grouped'))).toThrow(RangeError);
    expect(registry.names()).toEqual(['orders', 'grouped']);
  });

  test('knows the breakers that a group holds at the time', async () => {
    const registry = new CircuitBreakerRegistry();
    registry.register(create('orders'));
    const shelves = registry.registerGroup(new KeyedBreakers({ create: (key) => create(`shelf:${key}`), limit: 10 }));

    await fail(shelves.get('a'));
    shelves.get('b');

    expect(registry.health()).toEqual({ orders: true, 'shelf:a': false, 'shelf:b': true });
    expect(registry.get('shelf:b')).toBe(shelves.get('b'));
    registry.resetAll();
    expect(shelves.get('a').state).toBe('Closed');
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

  test('when none is closed and idle, the one that was not asked for longest goes', async () => {
    const shelves = new KeyedBreakers({ create, limit: 2 });
    await fail(shelves.get('open'));
    hang(shelves.get('busy'));

    shelves.get('new');

    expect([...shelves].map(({ name }) => name)).toEqual(['busy', 'new']);
  });

  test('asking for a known key at the limit drops nothing', () => {
    const shelves = new KeyedBreakers({ create, limit: 2 });
    shelves.get('a');
    const b = shelves.get('b');

    expect(shelves.get('b')).toBe(b);
    expect([...shelves].map(({ name }) => name)).toEqual(['a', 'b']);
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

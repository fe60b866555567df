import { HttpRequest } from '@azure/functions';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../../src/http/receive-webhook.js';
import { createMemorySharedStateStore, type MemorySharedStateStore } from '../../support/memory/shared-state-store.js';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

const adminToken = 'an-admin-token-for-tests';
const shared = { CircuitBreaker__shared: 'blob' };
const issue = { action: 'opened', issue: { number: 1 }, repository: { full_name: 'octo-org/octo-repo' } };

let store: MemorySharedStateStore;
let first: MemoryApp;
let second: MemoryApp;
let sendsOfSecond: number;

const pass = async (ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 500) {
    first.clock.advance(500);
    await settled();
  }
};

const command = (handler: HttpHandler, { name = '', body }: { name?: string; body?: object } = {}): Promise<Reply> =>
  callHandler(
    handler,
    new HttpRequest({
      method: 'POST',
      url: 'http://localhost/api/circuit-breakers',
      headers: { authorization: `Bearer ${adminToken}` },
      params: { name },
      ...(body !== undefined && { body: { bytes: Buffer.from(JSON.stringify(body)) } }),
    }),
  );

const breakerOf = async ({ app }: MemoryApp): Promise<Readonly<Record<string, unknown>>> => {
  const { json } = await command(app.breakerHealth);
  const all: unknown = json?.['circuitBreakers'];
  return new Map(Object.entries(all ?? {})).get('service-bus');
};

const failServiceBus = async (): Promise<void> => {
  first.queue.setFault({ kind: 'error', code: 'unavailable' });
  for (let n = 0; n < 5; n += 1) await first.github('issues', { ...issue, n }, { delivery: `first-${n}` });
  await settled();
};

beforeEach(async () => {
  const base = createMemoryApp();
  store = createMemorySharedStateStore(base.clock);
  sendsOfSecond = 0;
  first = createMemoryApp({ beside: base, environment: shared, sharedState: store });
  second = createMemoryApp({
    beside: base,
    environment: shared,
    sharedState: store,
    wrap: (dependencies) => ({
      ...dependencies,
      queue: {
        send: (...message) => {
          sendsOfSecond += 1;
          return dependencies.queue.send(...message);
        },
      },
    }),
  });
  for (const { secrets, app } of [first, second]) {
    secrets.set('admin-token', adminToken);
    await app.sharing?.start();
  }
});

describe('two instances that share their breakers', () => {
  it('Service Bus dies: the second refuses within three seconds, without a failed call of its own, and loses nothing', async () => {
    await failServiceBus();
    await pass(3_000);

    const reply = await second.github('issues', issue, { delivery: 'second' });

    expect(reply).toMatchObject({ status: 503, json: { code: 'CircuitBreakerOpen', archived: true, deferred: true } });
    expect(sendsOfSecond).toBe(0);
    expect(await breakerOf(second)).toMatchObject({ state: 'Open', failed: 0 });
  });

  it('both take deliveries again once one of them has found Service Bus back', async () => {
    await failServiceBus();
    await pass(30_000);
    first.queue.setFault(undefined);

    for (let n = 0; n < 20; n += 1) {
      await second.github('issues', { ...issue, n }, { delivery: `back-${n}` });
      await pass(500);
    }

    expect(await breakerOf(first)).toMatchObject({ state: 'Closed' });
    expect(await breakerOf(second)).toMatchObject({ state: 'Closed' });
  });

  it('a command on one holds on the other, and says that it does', async () => {
    await failServiceBus();
    await pass(3_000);

    const changed = await command(second.app.changeCircuitBreaker, {
      name: 'service-bus',
      body: { coolDownMs: 5_000 },
    });
    const reset = await command(second.app.resetCircuitBreaker, { name: 'service-bus' });
    await pass(3_000);

    expect(changed.status).toBe(200);
    expect(reset.json).toMatchObject({ shared: true });
    expect(await breakerOf(first)).toMatchObject({ state: 'Closed', configuration: { coolDownMs: 5_000 } });
    expect(
      second.lines.filter(({ event }) => event === 'operator.command-done').map(({ shared: told }) => told),
    ).toEqual([true, true]);
  });

  it('unless it is switched on, nothing is shared and nothing is read', async () => {
    const reads: unknown[] = [];
    const off = createMemoryApp({
      sharedState: {
        read: async (known) => {
          reads.push(known);
          return 'absent';
        },
        write: async () => 'conflict',
      },
    });

    expect(off.app.sharing).toBeUndefined();
    expect(reads).toEqual([]);
  });
});

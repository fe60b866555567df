import { describe, expect, it } from 'vitest';
import type { Dependencies } from '../../../src/composition/dependencies.js';
import { presenceSeconds } from '../../../src/presence/presence-store.js';
import { eventIdIn } from '../../support/event-id-in.js';
import { createMemoryPresenceStore, type MemoryPresenceStore } from '../../support/memory/presence-store.js';
import { createMemoryApp, type MemoryApp, mergeWarden, notifier } from '../../support/memory-app.js';
import { settled } from '../../support/until.js';

const ports = ['archive', 'outbox', 'queue', 'presences'] as const;

type Method = (...args: readonly unknown[]) => Promise<unknown>;

const isMethod = (value: unknown): value is Method => typeof value === 'function';

/** The call with which an instance dies: before it has any effect, or before its answer is heard. */
interface CrashPoint {
  readonly call: number;
  readonly when: 'before' | 'after';
}

/** An instance that is killed at a point: nothing that it asks for from then on is done, or answered. */
const createMortal = (crash: CrashPoint) => {
  const death = Promise.withResolvers<void>();
  const forever = new Promise<never>(() => {});
  const calls: string[] = [];
  let isArmed = false;
  let isDead = false;
  const die = (): Promise<never> => {
    isDead = true;
    death.resolve();
    return forever;
  };
  const mortal = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver);
        if (!isMethod(value)) return value;
        return async (...args: readonly unknown[]): Promise<unknown> => {
          if (isDead) return forever;
          if (isArmed) calls.push(`${name}.${String(property)}`);
          const isHere = isArmed && calls.length === crash.call;
          if (isHere && crash.when === 'before') return die();
          const result = await value.apply(target, [...args]);
          return isHere ? die() : isDead ? forever : result;
        };
      },
    });
  return {
    dead: death.promise,
    calls,
    arm: () => {
      isArmed = true;
    },
    change: (dependencies: Dependencies): Dependencies => ({
      ...dependencies,
      ...Object.fromEntries(
        ports.flatMap((name) => (dependencies[name] ? [[name, mortal(name, dependencies[name])]] : [])),
      ),
    }),
  };
};

interface World {
  readonly mortal: MemoryApp;
  readonly living: MemoryApp;
  readonly presences: MemoryPresenceStore;
  /** Every instance that lives renews its note meanwhile. */
  pass(seconds: number): Promise<void>;
}

const pullRequest = (step: number) => ({
  action: 'synchronize',
  pull_request: { number: 7 },
  repository: { full_name: 'octo-org/octo-repo' },
  step,
});

const deliver = async (site: MemoryApp, from: number, to: number): Promise<void> => {
  for (let n = from; n <= to; n += 1) await site.github('pull_request', pullRequest(n), { delivery: `event-${n}` });
};

/** What comes before the kill may strike, and what it strikes. */
interface Story {
  readonly before?: (world: World) => Promise<void>;
  readonly during: (world: World) => Promise<void>;
}

const setServiceBus = ({ living }: World, isAway: boolean): void =>
  living.queue.setFault(isAway ? { kind: 'error', code: 'unavailable' } : undefined);

const stories: Readonly<Record<string, Story>> = {
  'while it takes webhooks': { during: ({ mortal }) => deliver(mortal, 1, 2) },
  'while Service Bus is away': {
    before: async (world) => setServiceBus(world, true),
    during: ({ mortal }) => deliver(mortal, 1, 2),
  },
  'while it delivers what is owed': {
    before: async (world) => {
      setServiceBus(world, true);
      await deliver(world.mortal, 1, 2);
      setServiceBus(world, false);
      await world.pass(60);
    },
    during: ({ mortal }) => mortal.drain(),
  },
  'while it finishes what another one left that was killed': {
    before: async ({ living, presences, pass }) => {
      const victim = createMortal({ call: 2, when: 'after' });
      const site = createMemoryApp({ beside: living, presences, wrap: victim.change });
      await site.app.presence?.announce();
      victim.arm();
      void deliver(site, 1, 2);
      await victim.dead;
      await pass(presenceSeconds + 30);
    },
    during: ({ mortal }) => mortal.drain(),
  },
};

/** Plays a story with a kill at one point; answers the calls that the instance came to, and whether it lived to the end. */
const play = async ({ before, during }: Story, crash: CrashPoint) => {
  const environment = { QUEUE_UNAVAILABLE: 'defer', CircuitBreaker__serviceBus__failureThreshold: '1000' };
  const base = createMemoryApp({ environment });
  const { clock } = base;
  const presences = createMemoryPresenceStore(clock);
  const killing = createMortal(crash);
  const living = createMemoryApp({ beside: base, environment, presences });
  const mortal = createMemoryApp({ beside: base, environment, presences, wrap: killing.change });
  const pass = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 15) {
      clock.advance(15_000);
      await settled();
    }
  };
  const world = { mortal, living, presences, pass };
  for (const { app } of [living, mortal]) await app.presence?.announce();
  await before?.(world);
  killing.arm();

  const end = await Promise.race([
    during(world).then(() => 'lived' as const),
    killing.dead.then(() => 'died' as const),
  ]);
  await settled();
  const archived = living.archive.names().map((name) => name.slice(name.lastIndexOf('/') + 1, -'.json'.length));
  living.queue.setFault(undefined);
  for (let run = 0; run < 2; run += 1) {
    await pass(presenceSeconds + 30);
    await living.drain();
  }

  const heldBy = ({ queue }: { readonly queue: string }) => living.queue.messages(queue).map(eventIdIn).toSorted();
  return { end, calls: killing.calls, archived: archived.toSorted(), heldBy, owed: living.outbox.records().size };
};

describe('every archived event reaches each of its bots, once', () => {
  it.each(Object.entries(stories))(
    'killed at any call %s, beside an instance that lives',
    { timeout: 120_000 },
    async (_, story) => {
      const wrong: unknown[] = [];
      for (const when of ['before', 'after'] as const)
        for (let call = 1; ; call += 1) {
          const { end, calls, archived, heldBy, owed } = await play(story, { call, when });
          for (const bot of [notifier, mergeWarden]) {
            const held = heldBy(bot);
            const lost = archived.filter((id) => !held.includes(id));
            const isOnce = new Set(held).size === held.length;
            if (lost.length > 0 || !isOnce || owed > 0)
              wrong.push({ when, at: calls.at(-1), call, bot: bot.name, lost, held, owed });
          }
          if (end === 'lived') {
            expect(call).toBeGreaterThan(3);
            break;
          }
        }

      expect(wrong).toEqual([]);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { createSecretWarmUp } from '../../../src/secrets/secret-warm-up.js';
import type { SecretLookup } from '../../../src/secrets/secrets.js';
import { ManualClock } from '../../support/manual-clock.js';
import { settled } from '../../support/until.js';

const found: SecretLookup = { kind: 'found', versions: [{ version: '1', value: 'x' }], source: 'vault' };
const down: SecretLookup = { kind: 'unavailable', retryAfterMs: 5_000 };

const setUp = (names: readonly string[], answer: (name: string) => SecretLookup) => {
  const clock = new ManualClock();
  const asked: string[] = [];
  let [atOnce, most] = [0, 0];
  const lookUp = async (name: string): Promise<SecretLookup> => {
    asked.push(name);
    atOnce += 1;
    most = Math.max(most, atOnce);
    await settled();
    atOnce -= 1;
    return answer(name);
  };
  const warm = createSecretWarmUp({ names, secrets: { lookUp }, clock });
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 10; turn += 1) await settled();
  };
  return { asked, clock, most: () => most, pass, warm };
};

describe('the warm-up of the secrets', () => {
  it('reads every secret once, two at a time, and leaves nothing to do', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const { asked, clock, most, warm } = setUp(names, () => found);

    await warm();

    expect(asked.toSorted()).toEqual(names);
    expect(most()).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes "there is none" for an answer', async () => {
    const { clock, warm } = setUp(['a'], () => ({ kind: 'missing', retryAfterMs: 30_000 }));

    await warm();

    expect(clock.pendingTimers).toBe(0);
  });

  it('asks again for what failed alone, and not for what only the fallback or the cache serves', async () => {
    let well = false;
    const failing: Readonly<Record<string, SecretLookup>> = {
      b: down,
      c: { kind: 'found', versions: [], source: 'fallback' },
      d: { kind: 'found', versions: [], source: 'cache' },
    };
    const { asked, clock, pass, warm } = setUp(['a', 'b', 'c', 'd'], (name) =>
      well ? found : (failing[name] ?? found),
    );
    await warm();
    well = true;
    await pass(4_999);
    const early = asked.length;
    await pass(1);

    expect(early).toBe(4);
    expect(asked.slice(4).toSorted()).toEqual(['b', 'c', 'd']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('asks less and less often, once a minute in the end, and never before the breaker lets it', async () => {
    let answer = down;
    const { asked, pass, warm } = setUp(['a'], () => answer);
    await warm();
    const times: number[] = [];
    const watch = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        const before = asked.length;
        await pass(1_000);
        if (asked.length > before) times.push(second + 1);
      }
    };

    await watch(5 + 10 + 20 + 40 + 60 + 60);
    answer = { kind: 'unavailable', retryAfterMs: 90_000 };
    const sofar = times.splice(0);
    await watch(60 + 90);

    expect(sofar).toEqual([5, 15, 35, 75, 135, 195]);
    expect(times).toEqual([60, 150]);
  });
});

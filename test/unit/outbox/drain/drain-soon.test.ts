import { describe, expect, it } from 'vitest';
import { createDrainSoon } from '../../../../src/outbox/drain/drain-soon.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { settled } from '../../../support/until.js';

const createDraining = ({ severalNamespaces = false } = {}) => {
  const clock = new ManualClock();
  const state = { answers: true, isDone: true, isStuck: false, looks: 0, runs: 0, atOnce: 0, mostAtOnce: 0 };
  let reachable = 'one';
  let release = (): void => {};
  let holds = false;
  const soon = createDrainSoon({
    clock,
    betweenTimers: true,
    outside: (work) => work(),
    soundOut: [
      async () => {
        state.looks += 1;
        return { ok: state.answers };
      },
    ],
    drain: async () => {
      state.runs += 1;
      state.atOnce += 1;
      state.mostAtOnce = Math.max(state.mostAtOnce, state.atOnce);
      if (holds) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      state.atOnce -= 1;
      if (state.isStuck) return 'stuck';
      return state.isDone ? 'complete' : 'left-something';
    },
    ...(severalNamespaces && { reachable: () => reachable }),
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 500) {
      await settled();
      clock.advance(500);
    }
    await settled();
  };
  const hold = (): void => {
    holds = true;
  };
  const letGo = (): void => {
    holds = false;
    release();
  };
  const reach = (namespaces: string): void => {
    reachable = namespaces;
  };
  return { clock, state, soon, pass, hold, letGo, reach };
};

describe('draining soon', () => {
  it('what was written down is brought to its place a second later, and then nothing runs', async () => {
    const { state, soon, pass } = createDraining();

    for (let n = 0; n < 10; n += 1) soon.owe();
    await pass(10_000);

    expect(state).toMatchObject({ runs: 1, looks: 1 });
  });

  it('while a dependency does not answer it is asked once a second, and nothing is drained', async () => {
    const { state, soon, pass } = createDraining();
    state.answers = false;
    soon.owe();
    await pass(5_000);
    expect(state).toMatchObject({ runs: 0, looks: 5 });

    state.answers = true;
    await pass(1_000);

    expect(state.runs).toBe(1);
  });

  it('a run that did not come to its end is repeated', async () => {
    const { state, soon, pass } = createDraining();
    state.isDone = false;
    soon.owe();
    await pass(3_000);
    state.isDone = true;
    await pass(5_000);

    expect(state.runs).toBe(4);
  });

  it('a run that is stuck is repeated every second; of several namespaces every ten, until another one can be reached or something is owed that may pass', async () => {
    const alone = createDraining();
    const several = createDraining({ severalNamespaces: true });
    for (const { state, soon, pass } of [alone, several]) {
      state.isStuck = true;
      soon.owe();
      await pass(6_000);
      soon.owe(true);
      await pass(6_000);
    }
    expect([alone.state.runs, several.state.runs]).toEqual([12, 2]);

    several.reach('one and another');
    await several.pass(1_000);

    expect(several.state.runs).toBe(3);
    expect(several.state.looks).toBe(13);
    several.soon.owe();
    several.hold();
    await several.pass(1_000);
    several.soon.owe();
    several.letGo();
    await several.pass(1_000);
    expect(several.state.runs).toBe(5);
  });

  it('after two minutes it is left to the timer', async () => {
    const { state, soon, pass } = createDraining();
    state.answers = false;
    soon.owe();

    await pass(300_000);

    expect(state.looks).toBe(120);
  });

  it('what a run of the timer left for a moment is looked at again before its next turn, and not for ever', async () => {
    const { state, soon, pass } = createDraining();
    state.isDone = false;

    await soon.run();
    await pass(3_000);
    const runs = state.runs;
    await pass(60_000);

    expect(runs).toBe(4);
    expect(state.runs).toBe(26);
  });

  it('never runs beside the timer’s run: the second waits for the first', async () => {
    const { state, soon, pass, hold, letGo } = createDraining();
    hold();
    const timer = soon.run();
    soon.owe();
    await pass(3_000);
    const another = soon.run();
    letGo();
    await Promise.all([timer, another]);

    expect(state.mostAtOnce).toBe(1);
  });

  it('what is written down during a run is brought by another one', async () => {
    const { state, soon, pass, hold, letGo } = createDraining();
    hold();
    soon.owe();
    await pass(1_500);
    soon.owe();
    letGo();
    await pass(3_000);

    expect(state.runs).toBe(2);
  });
});

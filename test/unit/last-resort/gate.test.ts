import { beforeEach, describe, expect, it } from 'vitest';
import { Gate } from '../../../src/last-resort/gate.js';
import type { InsistOptions } from '../../../src/last-resort/gate-caller.js';
import type { GateOptions } from '../../../src/last-resort/gate-options.js';
import { ManualClock } from '../../support/manual-clock.js';
import { settled } from '../../support/until.js';

type Mood = 'works' | 'refuses' | 'hangs' | 'ignores' | { readonly slowMs: number };

class Fault extends Error {
  readonly verdict: 'failure' | 'ignored';
  constructor(verdict: 'failure' | 'ignored') {
    super(verdict);
    this.verdict = verdict;
  }
}

/** A dependency that is as it is told to be, behind a gate on a manual clock. */
class GateOnTest {
  readonly clock = new ManualClock();
  readonly gate: Gate<unknown>;
  readonly startsMs: number[] = [];
  mood: Mood = 'works';

  constructor(options: Partial<GateOptions> = {}) {
    this.gate = new Gate({
      name: 'warehouse:last-resort',
      options,
      classify: (error) => ({ verdict: error instanceof Fault ? error.verdict : 'failure', error }),
      clock: this.clock,
    });
  }

  readonly operation = async (): Promise<string> => {
    this.startsMs.push(this.clock.monotonicMs());
    const { mood } = this;
    if (mood === 'hangs') return new Promise(() => {});
    if (typeof mood === 'object') await new Promise<void>((done) => void this.clock.startTimer(mood.slowMs, done));
    if (mood === 'refuses') throw new Fault('failure');
    if (mood === 'ignores') throw new Fault('ignored');
    return 'answer';
  };

  /** What became of a caller, and when. */
  insist(options: Partial<InsistOptions> = {}): { outcome: string | undefined; atMs: number | undefined } {
    const seen: { outcome: string | undefined; atMs: number | undefined } = { outcome: undefined, atMs: undefined };
    void this.gate.insist(this.operation, { timeoutMs: 8_000, ...options }).then((result) => {
      seen.outcome = result.ok ? result.value : result.error.kind;
      seen.atMs = this.clock.monotonicMs();
    });
    return seen;
  }

  async pass(ms: number, stepMs = 50): Promise<void> {
    await settled();
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      this.clock.advance(stepMs);
      await settled();
    }
  }
}

describe('gate: who gets in', () => {
  let test: GateOnTest;

  beforeEach(() => {
    test = new GateOnTest();
  });

  it('while the dependency answers, many pass at once', async () => {
    const callers = Array.from({ length: 50 }, () => test.insist());

    await test.pass(0);

    expect(callers.map(({ outcome }) => outcome)).toEqual(Array(50).fill('answer'));
  });

  it('tells of each try, which ends for itself however soon its caller has gone', async () => {
    const tries: { isOver: boolean }[] = [];
    const onTry = (ended: Promise<unknown>): void => {
      const one = { isOver: false };
      tries.push(one);
      void ended.then(() => {
        one.isOver = true;
      });
    };
    test.mood = 'hangs';
    const caller = test.insist({ timeoutMs: 400, onTry });

    await test.pass(500);
    expect(caller.outcome).toBe('timeout');
    expect(tries).toEqual([{ isOver: false }]);
    await test.pass(5_000);

    expect(tries).toEqual([{ isOver: true }]);
  });

  it('says how it is, who waits, how many tries passed and who went away without one', async () => {
    const test = new GateOnTest({ maxWaiting: 3 });
    expect(test.gate.snapshot()).toEqual({ state: 'working', waiting: 0, passed: 0, refused: 0 });
    test.insist();
    await test.pass(0);
    expect(test.gate.snapshot()).toMatchObject({ passed: 1, refused: 0 });

    test.mood = 'refuses';
    const ended = new AbortController();
    test.insist({ timeoutMs: 400 });
    await test.pass(0);
    test.insist({ timeoutMs: 100 });
    test.insist({ signal: ended.signal });
    expect(test.insist()).toMatchObject({ outcome: undefined });
    await test.gate.call(test.operation);
    ended.abort();
    await test.pass(450);

    // One found the line full, one would not wait, and one waited in vain; who was answered elsewhere does not count.
    expect(test.gate.snapshot()).toEqual({ state: 'one-at-a-time', waiting: 0, passed: 2, refused: 3 });
  });

  it('after a failure one try begins every half second, and who does not get in waits', async () => {
    test.mood = 'refuses';
    test.insist();
    await test.pass(0);
    const waiting = Array.from({ length: 20 }, () => test.insist());

    await test.pass(2_000);

    expect(test.startsMs).toEqual([0, 500, 1_000, 1_500, 2_000]);
    expect(waiting.every(({ outcome }) => outcome === undefined)).toBe(true);
  });

  it('the first success lets everybody in who waits', async () => {
    test.mood = 'refuses';
    const callers = Array.from({ length: 40 }, () => test.insist());
    await test.pass(1_200);
    test.mood = 'works';

    await test.pass(300);

    expect(callers.map(({ outcome }) => outcome)).toEqual(Array(40).fill('answer'));
    expect(callers.every(({ atMs }) => atMs === 1_500)).toBe(true);
  });

  it('a success that others had on the ordinary way lets them in at once', async () => {
    test.mood = 'refuses';
    const callers = Array.from({ length: 5 }, () => test.insist());
    await test.pass(100);
    test.mood = 'works';

    test.gate.answered();
    await test.pass(0);

    expect(callers.map(({ outcome }) => outcome)).toEqual(Array(5).fill('answer'));
  });

  it('a caller’s waiting ends with its time, and the answer says what it met', async () => {
    test.mood = 'refuses';
    const tried = test.insist({ timeoutMs: 2_000 });
    await test.pass(0);
    test.mood = 'hangs';
    const untried = test.insist({ timeoutMs: 300 });

    await test.pass(2_000);

    expect(untried).toEqual({ outcome: 'timeout', atMs: 300 });
    expect(tried).toEqual({ outcome: 'operation-failed', atMs: 2_000 });
  });

  it('the oldest caller has the next turn, and one whose try failed goes to the back', async () => {
    test.mood = 'refuses';
    const order: string[] = [];
    const insist = (name: string) =>
      void test.gate.insist(
        async () => {
          order.push(name);
          throw new Fault('failure');
        },
        { timeoutMs: 8_000 },
      );
    for (const name of ['a', 'b', 'c']) insist(name);

    await test.pass(2_500);

    expect(order.slice(0, 3)).toEqual(['a', 'b', 'c']);
    expect(order.slice(3)).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  it('what no repeat can help is answered at once, and says nothing about the dependency', async () => {
    test.mood = 'ignores';
    const caller = test.insist();
    await test.pass(0);

    expect(caller).toEqual({ outcome: 'operation-failed', atMs: 0 });
    expect(test.gate.works).toBe(true);
  });

  it('only so many wait; one more is refused', async () => {
    test = new GateOnTest({ maxWaiting: 3 });
    test.mood = 'refuses';
    test.insist();
    await test.pass(0);
    for (let n = 0; n < 2; n += 1) test.insist();

    const oneMore = test.insist();
    await test.pass(0);

    expect(oneMore.outcome).toBe('circuit-open');
  });

  it('a caller that leaves makes room', async () => {
    test = new GateOnTest({ maxWaiting: 1 });
    test.mood = 'hangs';
    test.insist();
    await test.pass(2_500);
    const leaving = new AbortController();
    test.insist();
    await test.pass(0);
    const left = test.insist({ signal: leaving.signal });
    await test.pass(0);
    leaving.abort();
    await test.pass(0);

    expect(left.outcome).toBe('timeout');
    expect(test.gate.waiting).toBe(0);
  });
});

describe('gate: a dependency that hangs', () => {
  it('is taken for failing after 2.5 s without an answer to anybody; then four tries at once at the most', async () => {
    const test = new GateOnTest();
    test.mood = 'hangs';
    for (let n = 0; n < 30; n += 1) test.insist();

    await test.pass(6_000);

    const early = test.startsMs.filter((ms) => ms < 2_500);
    const late = test.startsMs.filter((ms) => ms >= 2_500);
    expect(early).toHaveLength(16);
    expect(late.slice(0, 4)).toEqual([2_500, 3_000, 3_500, 4_000]);
    expect(late).toHaveLength(4);
  });

  it('once it answers again, the next try lets everybody in', async () => {
    const test = new GateOnTest();
    test.mood = 'hangs';
    const callers = Array.from({ length: 30 }, () => test.insist());
    await test.pass(3_200);
    test.mood = 'works';

    await test.pass(5_000);

    const waited = callers.filter(({ outcome }) => outcome === 'answer');
    expect(waited.length).toBe(30);
    expect(waited.filter(({ atMs }) => atMs === 3_500).length).toBeGreaterThanOrEqual(28);
  });

  it('one that only takes 2.1 s is not failing', async () => {
    const test = new GateOnTest();
    test.mood = { slowMs: 2_100 };
    const callers = Array.from({ length: 10 }, () => test.insist());

    await test.pass(2_200);

    expect(callers.map(({ outcome }) => outcome)).toEqual(Array(10).fill('answer'));
    expect(test.gate.works).toBe(true);
  });

  it('the short time of one caller ends no try: only the try’s own end is a failure', async () => {
    const test = new GateOnTest();
    test.mood = { slowMs: 1_000 };
    const hasty = test.insist({ timeoutMs: 300 });

    await test.pass(1_100);

    expect(hasty).toEqual({ outcome: 'timeout', atMs: 300 });
    expect(test.gate.works).toBe(true);
    expect(test.gate.isProven).toBe(true);
  });
});

describe('gate: hopeless', () => {
  it('after three seconds of failing nobody waits in vain, if that is what they want', async () => {
    const test = new GateOnTest();
    test.mood = 'refuses';
    const worthWaiting = () => !test.gate.isHopeless;
    const early = Array.from({ length: 5 }, () => test.insist({ worthWaiting }));
    await test.pass(3_100);

    const late = test.insist({ worthWaiting });
    await test.pass(0);

    expect(early.map(({ outcome }) => outcome)).toEqual(Array(5).fill('operation-failed'));
    expect(early.every(({ atMs }) => atMs === 3_000)).toBe(true);
    expect(late).toEqual({ outcome: 'circuit-open', atMs: 3_100 });
  });

  it('who comes when a try is due is that try, and waits for it a second', async () => {
    const test = new GateOnTest();
    test.mood = 'hangs';
    const worthWaiting = () => !test.gate.isHopeless;
    test.insist({ worthWaiting });
    await test.pass(3_500);

    const trier = test.insist({ worthWaiting });
    await test.pass(2_000);

    expect(test.startsMs).toEqual([0, 3_500]);
    expect(trier.outcome).toBe('circuit-open');
    expect((trier.atMs ?? 0) - 3_500).toBeLessThanOrEqual(1_500);
  });

  it('a failure of long ago says nothing about now', async () => {
    const test = new GateOnTest();
    test.mood = 'refuses';
    test.insist({ timeoutMs: 100 });
    await test.pass(10_000);

    expect(test.gate.works).toBe(true);
    expect(test.gate.isHopeless).toBe(false);
  });
});

describe('gate: one try, now or not at all', () => {
  it('passes while it works, and is refused when its turn has not come', async () => {
    const test = new GateOnTest();
    const passed = await test.gate.call(test.operation);
    test.mood = 'refuses';
    const failed = await test.gate.call(test.operation);
    const refused = await test.gate.call(test.operation);
    test.clock.advance(500);
    test.mood = 'works';
    const again = await test.gate.call(test.operation);

    expect([passed.ok, again.ok]).toEqual([true, true]);
    expect(failed).toMatchObject({ error: { kind: 'operation-failed' } });
    expect(refused).toMatchObject({ error: { kind: 'circuit-open', breaker: 'warehouse:last-resort' } });
  });
});

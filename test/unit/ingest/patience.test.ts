import { describe, expect, it } from 'vitest';
import { Patience } from '../../../src/ingest/time-limits.js';
import { ManualClock } from '../../support/manual-clock.js';
import { settled } from '../../support/until.js';

const never = new Promise<never>(() => {});

/** One that has answered often, each time after so long. */
const usedTo = async (clock: ManualClock, durationMs: number): Promise<Patience> => {
  const patience = new Patience(clock);
  for (let n = 0; n < 64; n += 1) await answerAfter(patience, clock, durationMs);
  return patience;
};

const answerAfter = async (patience: Patience, clock: ManualClock, durationMs: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watched = patience.watch(promise);
  clock.advance(durationMs);
  resolve();
  await watched;
};

/** Waits for a call that begins now and is never answered. */
const hang = (patience: Patience, mostMs = 9_000): Promise<void> => {
  void patience.watch(never);
  return patience.wait(never, mostMs);
};

/** When the wait ended, once it has. */
const timed = (clock: ManualClock, wait: Promise<void>): { endedMs?: number } => {
  const timing: { endedMs?: number } = {};
  void wait.then(() => {
    timing.endedMs = clock.monotonicMs();
  });
  return timing;
};

const pass = async (clock: ManualClock, ms: number): Promise<void> => {
  for (let elapsed = 0; elapsed < ms; elapsed += 10) {
    clock.advance(10);
    await settled();
  }
};

describe('patience', () => {
  it.each([
    ['quick answers', 5, 250],
    ['answers in 150 ms', 150, 600],
    ['slow answers', 2_100, 1_500],
  ])('%s (%i ms): an answer is overdue after %i ms', async (_, usualMs, waitMs) => {
    const patience = await usedTo(new ManualClock(), usualMs);

    expect(patience.waitMs).toBeCloseTo(waitMs, -1);
  });

  it('with hardly an answer known it waits for as long as it may: a cold process is slow at first', async () => {
    const clock = new ManualClock();
    const patience = new Patience(clock);
    await answerAfter(patience, clock, 1);

    expect(patience.waitMs).toBe(1_500);
  });

  it('an answer ends the wait', async () => {
    const clock = new ManualClock();
    const patience = await usedTo(clock, 5);
    const startedMs = clock.monotonicMs();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timing = timed(clock, patience.wait(promise, 9_000));

    await pass(clock, 40);
    resolve();
    await settled();

    expect(timing.endedMs).toBe(startedMs + 40);
    expect(patience.isSilent).toBe(false);
  });

  it('when one answer is overdue and nobody was answered since, all who wait go on, and who comes waits hardly at all', async () => {
    const clock = new ManualClock();
    const patience = await usedTo(clock, 5);
    const startedMs = clock.monotonicMs();
    const first = timed(clock, hang(patience));
    await pass(clock, 200);
    const second = timed(clock, hang(patience));
    await pass(clock, 50);

    const third = timed(clock, hang(patience));
    await pass(clock, 50);

    expect(first.endedMs).toBe(startedMs + 250);
    expect(second.endedMs).toBe(startedMs + 250);
    expect(third.endedMs).toBeLessThanOrEqual(startedMs + 270);
  });

  it('the next answer to anybody makes it patient again', async () => {
    const clock = new ManualClock();
    const patience = await usedTo(clock, 5);
    void hang(patience);
    await pass(clock, 300);
    const silent = patience.isSilent;

    await answerAfter(patience, clock, 5);

    expect(silent).toBe(true);
    expect([patience.isSilent, patience.waitMs]).toEqual([false, 250]);
  });

  it('one call that hangs while others are answered is its own trouble alone', async () => {
    const clock = new ManualClock();
    const patience = await usedTo(clock, 5);
    const hanging = timed(clock, hang(patience));
    await pass(clock, 100);
    await answerAfter(patience, clock, 5);
    await pass(clock, 200);

    expect(hanging.endedMs).toBeDefined();
    expect(patience.isSilent).toBe(false);
  });

  it('what an event waits for before its call begins is not the time of the dependency', async () => {
    const clock = new ManualClock();
    const patience = await usedTo(clock, 5);
    const startedMs = clock.monotonicMs();
    const timing = timed(clock, patience.wait(never, 9_000));
    await pass(clock, 400);
    const before = { ...timing, isSilent: patience.isSilent };

    void patience.watch(never);
    await pass(clock, 300);

    expect(before).toEqual({ isSilent: false });
    expect(timing.endedMs).toBe(startedMs + 650);
    expect(patience.isSilent).toBe(true);
  });

  it('an event whose call never begins waits as long as its caller lets it', async () => {
    const clock = new ManualClock();
    const patience = await usedTo(clock, 5);
    const startedMs = clock.monotonicMs();
    const timing = timed(clock, patience.wait(never, 1_400));
    await pass(clock, 1_600);

    expect(timing.endedMs).toBe(startedMs + 1_400);
    expect(patience.isSilent).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('of a caller with less time the end says nothing about the dependency', async () => {
    const clock = new ManualClock();
    const patience = await usedTo(clock, 5);
    const short = timed(clock, hang(patience, 40));
    await pass(clock, 50);

    expect(short.endedMs).toBeDefined();
    expect(patience.isSilent).toBe(false);
  });

  it('answers that lie unread because the process was held up are read first', async () => {
    const clock = new ManualClock();
    const patience = await usedTo(clock, 5);
    const { promise, resolve } = Promise.withResolvers<void>();
    const answered = patience.watch(promise);
    void patience.wait(promise, 9_000);

    clock.block(2_000);
    clock.advance(1);
    resolve();
    await answered;
    await settled();
    clock.advance(60);

    expect(patience.isSilent).toBe(false);
  });

  it('no timer is left behind', async () => {
    const clock = new ManualClock();
    const patience = await usedTo(clock, 5);
    void patience.wait(Promise.resolve(), 9_000);
    void hang(patience);
    await pass(clock, 400);

    expect(clock.pendingTimers).toBe(0);
  });
});

import { array, assert, asyncProperty, constantFrom, integer, oneof, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Gate } from '../../../src/last-resort/gate.js';
import { gateOptions } from '../../../src/last-resort/gate-options.js';
import { ManualClock } from '../../support/manual-clock.js';

const flush = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

/** Bursts of callers, each with its time, and what lies between them. */
const arrivals = array(
  record({
    count: integer({ min: 0, max: 40 }),
    timeoutMs: constantFrom(40, 300, 1_900, 8_000),
    once: constantFrom(false, false, true),
    thenMs: oneof(integer({ min: 0, max: 700 }), constantFrom(500, 2_500, 5_000, 6_000, 20_000)),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('gate: a dependency that is really down', () => {
  test.each([
    'refuses',
    'hangs',
  ] as const)('that %s is called no more often than the stated bound, however callers come', async (mood) => {
    await assert(
      asyncProperty(arrivals, async (bursts) => {
        const clock = new ManualClock();
        const gate = new Gate<unknown>({ name: 'g', classify: (error) => ({ verdict: 'failure', error }), clock });
        const startsMs: number[] = [];
        const operation = async (): Promise<void> => {
          startsMs.push(clock.monotonicMs());
          if (mood === 'hangs') await new Promise<never>(() => {});
          throw new Error('down');
        };
        let answered = 0;
        let asked = 0;
        const note = (): void => {
          answered += 1;
        };
        const pass = async (ms: number): Promise<void> => {
          for (let passedMs = 0; passedMs < ms; passedMs += 100) {
            clock.advance(Math.min(100, ms - passedMs));
            await flush();
          }
        };
        for (const { count, timeoutMs, once, thenMs } of bursts) {
          for (let caller = 0; caller < count; caller += 1) {
            asked += 1;
            void (once ? gate.call(operation, { timeoutMs }) : gate.insist(operation, { timeoutMs })).then(note);
          }
          await flush();
          await pass(thenMs);
        }
        await pass(9_000);

        const mostIn = (spanMs: number): number => gateOptions.maxConcurrent + 1 + spanMs / gateOptions.spacingMs;
        const tooMany = startsMs.flatMap((fromMs, first) =>
          startsMs.slice(first).filter((toMs, further) => further + 1 > mostIn(toMs - fromMs)),
        );
        expect(tooMany).toEqual([]);
        expect(answered).toBe(asked);
      }),
      { numRuns: 60 },
    );
  });
});

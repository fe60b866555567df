import { median } from '../support/median.js';
import type { Invoke } from './subjects.js';

const callInARow = async (invoke: Invoke, calls: number): Promise<void> => {
  for (let call = 0; call < calls; call += 1) {
    try {
      await invoke();
    } catch {
      // A guard that answers with rejections is measured with what it costs to catch them.
    }
  }
};

const callSideBySide = async (invoke: Invoke, calls: number, concurrency: number): Promise<void> => {
  await Promise.all(Array.from({ length: concurrency }, () => callInARow(invoke, calls / concurrency)));
};

/** One line of the benchmark: what to call, how many at once, and what each round gave. */
export interface Line {
  readonly invoke: Invoke;
  readonly concurrency: number;
  readonly roundsNs: number[];
}

export const createLine = (invoke: Invoke, concurrency: number): Line => ({ invoke, concurrency, roundsNs: [] });

export const medianNs = ({ roundsNs }: Line): number => median(roundsNs);

/** The median of the rounds' ratios: a slow moment of the machine hits both of a round. */
export const slowdown = (line: Line, base: Line): number =>
  median(line.roundsNs.map((ns, round) => ns / (base.roundsNs[round] ?? Number.NaN)));

/** Every line once in each round, so that a slow moment of the machine hits all alike. */
export const measure = async (lines: readonly Line[], rounds: number, callsPerRound: number): Promise<void> => {
  for (let round = 0; round < rounds; round += 1) {
    for (const line of lines) {
      const startNs = process.hrtime.bigint();
      if (line.concurrency === 1) await callInARow(line.invoke, callsPerRound);
      else await callSideBySide(line.invoke, callsPerRound, line.concurrency);
      const spentNs = Number(process.hrtime.bigint() - startNs);
      line.roundsNs.push(spentNs / callsPerRound);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
};

import type { Clock } from '../../time/clock.js';

export interface DrainSoonPorts {
  /** Asks the dependencies, through their gates, whether they answer. */
  readonly soundOut: readonly (() => Promise<{ readonly ok: boolean }>)[];
  /** One run of the timer's work; answers whether it came to its end. */
  readonly drain: () => Promise<boolean>;
  readonly clock: Pick<Clock, 'startTimer'>;
  /** Whether the process goes on between requests; else the timer's runs are all there is. */
  readonly betweenTimers: boolean;
  /** Runs work outside of any request: what is owed is no request's business any more. */
  readonly outside: <R>(work: () => R) => R;
}

export interface DrainSoon {
  /** Something was written down that waits to be brought to its place. */
  owe(): void;
  /** Runs the timer's work, or waits for the run that is under way. */
  run(): Promise<void>;
}

/** After the last thing was written down, and between two looks. */
const waitMs = 1_000;
/** Then it is the timer's. */
const mostLooks = 120;
/** After a run of the timer that left something. */
const looksAfterTimer = 25;

/**
 * Brings what this instance owes to its place as soon as the dependencies answer again, without waiting for the timer's schedule or for a
 * cool-down. The timer stays the guarantee: where a process is frozen between requests, nothing here runs. Never two runs at once.
 */
export const createDrainSoon = ({ soundOut, drain, clock, betweenTimers, outside }: DrainSoonPorts): DrainSoon => {
  let running: Promise<boolean> | undefined;
  let isWaiting = false;
  let looksLeft = 0;

  const run = (): Promise<boolean> => {
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  };

  const look = async (): Promise<void> => {
    isWaiting = false;
    looksLeft -= 1;
    const looks = looksLeft;
    const answers = await Promise.all(soundOut.map((ask) => ask()));
    const isDone = answers.every(({ ok }) => ok) && (await run());
    // What was written down meanwhile asks for another run.
    if (!isDone || looksLeft !== looks) wait();
  };

  const wait = (): void => {
    if (!betweenTimers || isWaiting || looksLeft <= 0) return;
    isWaiting = true;
    outside(() => void clock.startTimer(waitMs, () => void look().catch(() => {})));
  };

  return {
    owe() {
      looksLeft = mostLooks;
      if (running === undefined) wait();
    },
    async run() {
      if (await run()) return;
      // What is left waits for a moment only: it is looked at again before the timer's next turn.
      looksLeft = Math.max(looksLeft, looksAfterTimer);
      wait();
    },
  };
};

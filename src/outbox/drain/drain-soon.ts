import type { Clock } from '../../time/clock.js';
import type { DrainEnd } from './drain.js';

export interface DrainSoonPorts {
  /** Asks the dependencies, through their gates, whether they answer. */
  readonly soundOut: readonly (() => Promise<{ readonly ok: boolean }>)[];
  /** One run of the timer's work. */
  readonly drain: () => Promise<DrainEnd>;
  /** Of several namespaces, those that calls pass to now; absent: there is one. */
  readonly reachable?: (() => string) | undefined;
  readonly clock: Pick<Clock, 'startTimer'>;
  /** Whether the process goes on between requests; else the timer's runs are all there is. */
  readonly betweenTimers: boolean;
  /** Runs work outside of any request: what is owed is no request's business any more. */
  readonly outside: <R>(work: () => R) => R;
}

export interface DrainSoon {
  /** Something was written down that waits to be brought to its place. `isHeldUp`: a breaker that refuses is in its way. */
  readonly owe: (isHeldUp?: boolean) => void;
  /** Runs the timer's work, or waits for the run that is under way. */
  run(): Promise<void>;
}

/** After the last thing was written down, and between two looks. */
const waitMs = 1_000;
/** Then it is the timer's. */
const mostLooks = 120;
/**
 * After a run that was stuck, while the same namespaces can be reached. One that is down would else have the outbox listed every second, and who
 * sends to another one would feel it.
 */
const looksWhileStuck = 10;
/** After a run of the timer that left something. */
const looksAfterTimer = 25;

/**
 * Brings what this instance owes to its place as soon as the dependencies answer again, without waiting for the timer's schedule or for a
 * cool-down. The timer stays the guarantee: where a process is frozen between requests, nothing here runs. Never two runs at once.
 */
export const createDrainSoon = (ports: DrainSoonPorts): DrainSoon => {
  const { soundOut, drain, reachable, clock, betweenTimers, outside } = ports;
  let running: Promise<DrainEnd> | undefined;
  let isWaiting = false;
  let looksLeft = 0;
  let passableOwed = 0;
  let stuck: { readonly reached: string; looks: number } | undefined;

  const run = (): Promise<DrainEnd> => {
    const before = passableOwed;
    running ??= drain()
      .then((end) => {
        stuck =
          end === 'stuck' && passableOwed === before && reachable !== undefined
            ? { reached: reachable(), looks: looksWhileStuck }
            : undefined;
        return end;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  const isStuck = (): boolean => {
    if (stuck === undefined) return false;
    stuck.looks -= 1;
    return stuck.looks > 0 && reachable?.() === stuck.reached;
  };

  const look = async (): Promise<void> => {
    isWaiting = false;
    looksLeft -= 1;
    const looks = looksLeft;
    const answers = await Promise.all(soundOut.map((ask) => ask()));
    const mayRun = answers.every(({ ok }) => ok) && !isStuck();
    const isDone = mayRun && (await run()) === 'complete';
    // What was written down meanwhile asks for another run.
    if (!isDone || looksLeft !== looks) wait();
  };

  const wait = (): void => {
    if (!betweenTimers || isWaiting || looksLeft <= 0) return;
    isWaiting = true;
    outside(() => void clock.startTimer(waitMs, () => void look().catch(() => {})));
  };

  return {
    owe: (isHeldUp = false) => {
      if (!isHeldUp) {
        passableOwed += 1;
        stuck = undefined;
      }
      looksLeft = mostLooks;
      if (running === undefined) wait();
    },
    async run() {
      if ((await run()) === 'complete') return;
      // What is left waits for a moment only: it is looked at again before the timer's next turn.
      looksLeft = Math.max(looksLeft, looksAfterTimer);
      wait();
    },
  };
};

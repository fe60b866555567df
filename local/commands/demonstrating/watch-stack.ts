import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { createControlClient } from '../../stack/control-client.js';
import { isStandInName, type StandInName } from '../../stack/stand-ins.js';
import type { LaunchedStack } from './launch-stack.js';

const healthSchema = z.object({
  circuitBreakers: z.record(z.string(), z.object({ state: z.string() })),
  /** `null` while storage cannot say. */
  outbox: z.object({ pending: z.number().nullable() }),
});

/** What can be seen of the stack at a moment. */
export interface Sight {
  readonly breakers: Readonly<Partial<Record<StandInName, string>>>;
  /** Copies that wait for the archive. */
  readonly backlog: number;
  /** Events that queues are owed; `null` while nobody can say. */
  readonly owed: number | null;
}

/** Looks at the stack again and again. */
export interface StackWatch {
  readonly sight: Sight;
  /** Resolves at the first look at which it holds; rejects when none comes in time. */
  until(holds: (sight: Sight) => boolean, timeoutMs: number): Promise<void>;
}

export interface WatchOptions {
  readonly stack: LaunchedStack;
  readonly onTransition: (name: StandInName, from: string, to: string) => void;
  readonly onLook: (sight: Sight) => void;
  readonly signal: AbortSignal;
}

const lookEveryMs = 200;
/** A machine that is busy with other things may take its time. */
const lookTimeoutMs = 30_000;
const backlogQueue = 'webhook-archive-backlog';

const lookAt = async ({ record, hostUrl }: LaunchedStack): Promise<Sight> => {
  const [reply, queues] = await Promise.all([
    fetch(`${hostUrl}/api/health/deep`, { signal: AbortSignal.timeout(lookTimeoutMs) }),
    createControlClient(record.control).queues(),
  ]);
  const { circuitBreakers, outbox } = healthSchema.parse(await reply.json());
  const states = Object.entries(circuitBreakers).flatMap(([name, { state }]) =>
    isStandInName(name) ? [[name, state] as const] : [],
  );
  const backlog = queues.find(({ name }) => name === backlogQueue)?.active ?? 0;
  return { breakers: Object.fromEntries(states), backlog, owed: outbox.pending };
};

const tellTransitions = (before: Sight, now: Sight, tell: WatchOptions['onTransition']): void => {
  for (const [name, state] of Object.entries(now.breakers)) {
    const previous = isStandInName(name) ? before.breakers[name] : undefined;
    if (isStandInName(name) && previous !== undefined && previous !== state) tell(name, previous, state);
  }
};

/** Takes the first look and goes on looking until the signal. Rejects when the stack cannot be seen. */
export const watchStack = async ({ stack, onTransition, onLook, signal }: WatchOptions): Promise<StackWatch> => {
  let sight = await lookAt(stack);
  const look = async (): Promise<void> => {
    const now = await lookAt(stack);
    tellTransitions(sight, now, onTransition);
    sight = now;
    onLook(now);
  };
  return {
    get sight() {
      return sight;
    },
    async until(holds, timeoutMs) {
      const deadlineMs = performance.now() + timeoutMs;
      for (;;) {
        signal.throwIfAborted();
        await look();
        if (holds(sight)) return;
        if (performance.now() > deadlineMs) throw new Error(`Not within ${timeoutMs / 1_000} s`);
        await sleep(lookEveryMs, undefined, { signal });
      }
    },
  };
};

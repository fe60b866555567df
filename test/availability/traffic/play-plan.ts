import { setTimeout as sleep } from 'node:timers/promises';
import type { MortalHost } from '../../soak/stack/mortal-host.js';
import type { StandIns } from '../../soak/stack/start-stand-ins.js';
import type { PlannedKill, PlannedOutage } from '../plan/availability-plan.js';

/** What fails on one side: its dependencies and its instances. */
export interface Failing {
  readonly standIns: Pick<StandIns, 'setFault' | 'calm'>;
  readonly instances: readonly MortalHost[];
}

/** Moments counted from when it was made; `ended` cuts every wait short. */
export class PlanClock {
  readonly #startedAt = performance.now();
  readonly #ended: AbortSignal;

  constructor(ended: AbortSignal) {
    this.#ended = ended;
  }

  /** Whether that moment came before the end. */
  async reached(atMs: number): Promise<boolean> {
    const waitMs = atMs - (performance.now() - this.#startedAt);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: this.#ended }).catch(() => {});
    return !this.#ended.aborted;
  }
}

/** Ends what still fails when the end comes. */
export const playOutages = async (
  { standIns: { setFault, calm } }: Failing,
  outages: readonly PlannedOutage[],
  clock: PlanClock,
): Promise<void> => {
  const play = async ({ fromMs, toMs, ...outage }: PlannedOutage): Promise<void> => {
    if (!(await clock.reached(fromMs))) return;
    await setFault(outage);
    await clock.reached(toMs);
    await setFault({ ...outage, fault: 'none' });
  };
  await Promise.all(outages.map(play));
  await calm();
};

/** Kills and starts instances again; one that is still starting is left alone. Answers how many were killed. */
export const playKills = async (
  { instances }: Failing,
  kills: readonly PlannedKill[],
  clock: PlanClock,
): Promise<number> => {
  const restarts: Promise<void>[] = [];
  for (const { atMs, instance } of kills) {
    const host = instances[instance];
    if (!(await clock.reached(atMs))) break;
    if (host?.isUp) restarts.push(host.kill().then(() => host.start()));
  }
  await Promise.all(restarts);
  return restarts.length;
};

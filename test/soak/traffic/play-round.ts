import { setTimeout as sleep } from 'node:timers/promises';
import type { Incident, Kill, Round, SoakStep } from '../plan/soak-plan.js';
import type { MortalHost } from '../stack/mortal-host.js';
import type { StandIns } from '../stack/start-stand-ins.js';
import { type DeliverPorts, deliverStep } from './deliver-step.js';
import { Progress } from './progress.js';

export interface PlayPorts extends DeliverPorts {
  readonly host: MortalHost;
  readonly standIns: Pick<StandIns, 'setFault' | 'calm'>;
  readonly onStep: (done: number) => void;
  /** No step begins after it. */
  readonly signal: AbortSignal;
}

const runLane = async (ports: PlayPorts, steps: readonly SoakStep[], progress: Progress): Promise<void> => {
  for (const step of steps) {
    await sleep(step.pauseMs);
    if (ports.signal.aborted) return;
    await deliverStep(ports, step);
    progress.step();
  }
};

const runLanes = async (ports: PlayPorts, { steps }: Round, progress: Progress): Promise<void> => {
  const byLane = Map.groupBy(steps, ({ event }) => event.lane);
  try {
    await Promise.all(Array.from(byLane.values(), (lane) => runLane(ports, lane, progress)));
  } finally {
    progress.end();
  }
};

/** Two faults of one incident begin together; each incident ends before the next begins. */
const playIncidents = async (
  { standIns: { setFault, calm } }: PlayPorts,
  incidents: readonly Incident[],
  progress: Progress,
): Promise<void> => {
  for (const { afterSteps, faults, lastsMs } of incidents) {
    await progress.reached(afterSteps);
    if (progress.ended) break;
    for (const fault of faults) await setFault(fault);
    await Promise.race([sleep(lastsMs, undefined, { ref: false }), progress.whenEnded()]);
    await calm();
  }
};

/** What the plan kills is killed even when traffic ended early, unless it was ended by hand. */
const playKills = async ({ host, signal }: PlayPorts, kills: readonly Kill[], progress: Progress): Promise<void> => {
  for (const { afterSteps, downMs } of kills) {
    await progress.reached(afterSteps);
    if (signal.aborted) return;
    await host.kill();
    await sleep(downMs);
    await host.start();
  }
};

/** Plays one round: every lane sends its steps in their order while dependencies fail and the host dies as planned. */
export const playRound = async (ports: PlayPorts, round: Round): Promise<void> => {
  const progress = new Progress(ports.onStep);
  await Promise.all([
    runLanes(ports, round, progress),
    playIncidents(ports, round.incidents, progress),
    playKills(ports, round.kills, progress),
  ]);
};

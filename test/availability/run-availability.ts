import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StandInName } from '../../local/stack/stand-ins.js';
import { type Figures, judge, keepsItsWord } from './books/judge.js';
import type { AvailabilityPlan, PlannedDelivery, SideName } from './plan/availability-plan.js';
import { type Side, startSide } from './stack/start-side.js';
import { type CallRate, countCalls } from './traffic/count-calls.js';
import { PlanClock, playKills, playOutages } from './traffic/play-plan.js';
import { sendDeliveries } from './traffic/send-deliveries.js';

export interface AvailabilityRun {
  readonly plan: AvailabilityPlan;
  readonly sides: readonly SideName[];
  /** Settings of the app, beside the connections. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether what fails from the start fails before an instance is started, or after its first delivery. */
  readonly startsCold: boolean;
  /** Of which dependencies the calls are counted while they fail. */
  readonly counted: readonly StandInName[];
  /** Ends the traffic; the figures are of what was sent until then. */
  readonly stopped: AbortSignal;
  readonly watch: AvailabilityWatch;
}

/** Who hears how far it has come. */
export interface AvailabilityWatch {
  onSent(sent: number, total: number): void;
  onNote(text: string): void;
}

/** What a side came to. */
export interface SideResult extends Figures {
  readonly side: SideName;
  readonly kills: number;
  /** From the end of all faults until nothing was owed; absent: it was not waited for, or something stayed owed. */
  readonly drainedAfterSeconds?: number;
  /** How often an instance ended without being killed. */
  readonly endedByItself: number;
  /** Of dependencies that failed the whole time. */
  readonly calls: readonly CallRate[];
}

/** What happened to a side beside its traffic. */
interface Incidents {
  readonly kills: number;
  readonly calls: readonly CallRate[];
}

export interface AvailabilityResult {
  readonly sides: readonly SideResult[];
  /** Kept when a promise was broken: the logs of instances and stand-ins, and what the stores hold. */
  readonly stateDirectory: string;
}

/** One side is started after the other, so that neither has the machine for itself while it warms up. */
const startSides = async (run: AvailabilityRun, stateDirectory: string): Promise<readonly Side[]> => {
  const { plan, settings, startsCold } = run;
  const sides: Side[] = [];
  try {
    for (const name of run.sides) {
      sides.push(
        await startSide({
          name,
          instances: plan.instances,
          shards: plan.shards,
          reconciles: plan.reconciles,
          stateDirectory: join(stateDirectory, name.replace(' ', '-')),
          settings,
          outages: startsCold ? plan.outages : [],
        }),
      );
    }
    return sides;
  } catch (fault) {
    await stopAll(sides);
    throw fault;
  }
};

const stopAll = async (sides: readonly Side[]): Promise<void> => {
  await Promise.all(sides.map((side) => side.stop()));
};

const failOn = async (side: Side, { plan, counted }: AvailabilityRun, clock: PlanClock): Promise<Incidents> => {
  const calm = new AbortController();
  const [kills, calls] = await Promise.all([
    playKills(side, plan.kills, clock),
    countCalls(side.standIns.control, counted, calm.signal),
    playOutages(side, plan.outages, clock).finally(() => calm.abort()),
  ]);
  return { kills, calls };
};

/** Traffic, outages and kills, each by its own clock; answers what happened to each side. */
const play = async (run: AvailabilityRun, sides: readonly Side[]): Promise<readonly Incidents[]> => {
  const { plan, startsCold, stopped, watch } = run;
  const send = (deliveries: readonly PlannedDelivery[], before: number): Promise<void> =>
    sendDeliveries({
      sides,
      deliveries,
      stopped,
      onSent: (sent) => watch.onSent(before + sent, plan.deliveries.length),
    });
  const warming = startsCold ? 0 : 1;
  await send(plan.deliveries.slice(0, warming), 0);
  const ended = new AbortController();
  const clock = new PlanClock(ended.signal);
  const [incidents] = await Promise.all([
    Promise.all(sides.map((side) => failOn(side, run, clock))),
    send(plan.deliveries.slice(warming), warming).finally(() => ended.abort()),
  ]);
  return incidents;
};

/** The app leaves a delivery a minute before it asks for it, five between two askings, and never asks a fourth time. */
const askedForWithinMs = 1_200_000;
const betweenLooksMs = 10_000;

/** Resolves when GitHub was asked for all that no instance took; answers `false` when that does not come to an end. */
const whenAllIsAskedFor = async ({ history, instances }: Side, stopped: AbortSignal): Promise<boolean> => {
  if (history === undefined) return true;
  const startedAt = performance.now();
  while (!stopped.aborted && performance.now() - startedAt < askedForWithinMs) {
    const up = instances.find(({ isUp }) => isUp);
    if (up !== undefined && (await history.isAskedFor(up.url).catch(() => false))) return true;
    await sleep(betweenLooksMs, undefined, { signal: stopped }).catch(() => {});
  }
  return false;
};

const closeBooks = async (
  { plan, stopped, watch }: AvailabilityRun,
  side: Side,
  incidents: Incidents | undefined,
): Promise<SideResult> => {
  const { name, book, holdings, instances } = side;
  if (!(await whenAllIsAskedFor(side, stopped))) watch.onNote(`${name}: something is still to be asked for`);
  const drainedAfterSeconds = await holdings.whenNothingIsOwed(stopped);
  if (drainedAfterSeconds === undefined) watch.onNote(`${name}: something is still owed`);
  const figures = judge(book.entries(), await holdings.read(), name === 'Breakwater' ? plan.shards : 1);
  return {
    side: name,
    ...figures,
    kills: incidents?.kills ?? 0,
    calls: incidents?.calls ?? [],
    ...(drainedAfterSeconds !== undefined && { drainedAfterSeconds }),
    endedByItself: instances.reduce((sum, host) => sum + host.endedByItself, 0),
  };
};

const runIn = async (stateDirectory: string, run: AvailabilityRun): Promise<AvailabilityResult> => {
  const sides = await startSides(run, stateDirectory);
  try {
    run.watch.onNote('Everything is up');
    const incidents = await play(run, sides);
    run.watch.onNote('All is sent and answered; waiting until nothing is owed');
    const results = await Promise.all(sides.map((side, index) => closeBooks(run, side, incidents[index])));
    return { sides: results, stateDirectory };
  } finally {
    await stopAll(sides);
  }
};

/** Whether the app kept its word; what is written by hand promised nothing. */
export const isSound = ({ sides }: AvailabilityResult): boolean =>
  sides.every((result) => result.side !== 'Breakwater' || (keepsItsWord(result) && result.endedByItself === 0));

/** Plays a plan against the app and the handler by hand, as built (`npm run build` first), and judges every delivery. */
export const runAvailability = async (run: AvailabilityRun): Promise<AvailabilityResult> => {
  const stateDirectory = await mkdtemp(join(tmpdir(), `breakwater-availability-${run.plan.seed}-`));
  const result = await runIn(stateDirectory, run);
  if (isSound(result)) await rm(stateDirectory, { recursive: true, force: true });
  return result;
};

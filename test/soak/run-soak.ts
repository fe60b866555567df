import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Audit, isClean } from './books/audit.js';
import { Auditor } from './books/auditor.js';
import { Register } from './books/register.js';
import type { SoakPlan } from './plan/soak-plan.js';
import { MortalHost } from './stack/mortal-host.js';
import { type StandIns, startStandIns } from './stack/start-stand-ins.js';
import { deliverStep } from './traffic/deliver-step.js';
import { playRound } from './traffic/play-round.js';
import { soakBots } from './traffic/soak-bots.js';
import { soakProviderNames } from './traffic/soak-providers.js';

/** How a soak ended. */
export interface SoakResult {
  /** The last look at the books: the first that found something wrong, or the one at the very end. */
  readonly audit: Audit;
  readonly register: Register;
  /** How often the host ended without being killed. */
  readonly endedByItself: number;
  readonly seconds: number;
  readonly shards: number;
  /** Kept when something is wrong: the logs of the host and of the stand-ins, and what the stores hold. */
  readonly stateDirectory: string;
}

/** Who hears how far the soak has come. */
export interface SoakWatch {
  onStep(done: number, total: number, round: number): void;
  /** One line: a look at the books, and what it found. */
  onNote(text: string): void;
  /** Ends the traffic; the books are then balanced as they are. */
  readonly signal: AbortSignal;
}

interface Soak {
  readonly plan: SoakPlan;
  readonly standIns: StandIns;
  readonly host: MortalHost;
  readonly register: Register;
  readonly auditor: Auditor;
  readonly watch: SoakWatch;
}

const describeLook = ({ balance: { accepted, lost } }: Audit, owed: number): string =>
  `${accepted} accepted so far, ${owed} copies owed, ${lost.length} lost`;

/** Plays the rounds until the books are wrong; `undefined` when they never were. */
const playRounds = async ({ plan, standIns, host, register, auditor, watch }: Soak): Promise<Audit | undefined> => {
  const total = plan.rounds.reduce((sum, { steps }) => sum + steps.length, 0);
  let before = 0;
  for (const [index, round] of plan.rounds.entries()) {
    const onStep = (done: number): void => watch.onStep(before + done, total, index + 1);
    await playRound({ standIns, host, register, onStep, signal: watch.signal }, round);
    before += round.steps.length;
    watch.onNote(`Round ${index + 1} is over`);
    const { audit, owed } = await auditor.look();
    watch.onNote(`Round ${index + 1}: ${describeLook(audit, owed)}`);
    if (!isClean(audit) || watch.signal.aborted) return audit;
  }
  return undefined;
};

const mostRepeated = 500;
const repeatedTogether = 8;

/** A day later, when queues have forgotten it, senders send what was owed once more: no bot may get it again. */
const repeatAfterWindow = async ({ standIns, host, register, watch }: Soak): Promise<void> => {
  const owed = register.entries().filter(({ owedToAll }) => owedToAll);
  const left = owed.slice(0, mostRepeated);
  watch.onNote(`Queues have forgotten what they had: ${left.length} deferred events are sent again`);
  await Promise.all(standIns.shards.map(({ control }) => control.forgetDuplicates()));
  const sendNext = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      await deliverStep({ host, register }, { kind: 'again', event: next.event, copies: 1, tries: 3, pauseMs: 0 });
    }
  };
  await Promise.all(Array.from({ length: repeatedTogether }, sendNext));
};

const recover = async (soak: Soak): Promise<Audit> => {
  const { auditor, watch } = soak;
  const seconds = await auditor.whenNothingIsOwed();
  watch.onNote(seconds === undefined ? 'Something stays owed' : `Nothing is owed any more after ${seconds} s`);
  if (seconds !== undefined) await repeatAfterWindow(soak);
  return auditor.close();
};

const startParts = async (plan: SoakPlan, stateDirectory: string): Promise<Pick<Soak, 'standIns' | 'host'>> => {
  const bots = { bots: soakBots };
  const { shards } = plan;
  const standIns = await startStandIns({ stateDirectory, providers: soakProviderNames, bots, shards });
  return { standIns, host: new MortalHost({ standIns, stateDirectory, settings: plan.settings }) };
};

const soakIn = async (stateDirectory: string, plan: SoakPlan, watch: SoakWatch): Promise<SoakResult> => {
  const startedAt = performance.now();
  const { standIns, host } = await startParts(plan, stateDirectory);
  const register = new Register();
  try {
    await host.start();
    const soak = { plan, standIns, host, register, auditor: new Auditor(standIns, register), watch };
    const audit = (await playRounds(soak)) ?? (await recover(soak));
    const { endedByItself } = host;
    const seconds = (performance.now() - startedAt) / 1_000;
    return { audit, register, endedByItself, stateDirectory, seconds, shards: plan.shards };
  } finally {
    await host.stop();
    await standIns.stop();
  }
};

/** Whether the books balance, and the host ran for as long as it was let. */
export const isSound = ({ audit, endedByItself }: SoakResult): boolean => isClean(audit) && endedByItself === 0;

/** Plays a plan against the real app on the local stack, as built (`npm run build` first), and balances the books. */
export const runSoak = async (plan: SoakPlan, watch: SoakWatch): Promise<SoakResult> => {
  const stateDirectory = await mkdtemp(join(tmpdir(), `breakwater-soak-${plan.seed}-`));
  const result = await soakIn(stateDirectory, plan, watch);
  if (isSound(result)) await rm(stateDirectory, { recursive: true, force: true });
  return result;
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlClient } from '../../stack/control-client.js';
import { type StandInName, standInTitles } from '../../stack/stand-ins.js';
import { CommandError } from '../terminal/command-error.js';
import type { DemoSpeed } from './demo-speed.js';
import type { Narrator } from './narrator.js';
import type { Traffic } from './traffic.js';
import type { Sight, StackWatch } from './watch-stack.js';

/** What the story is told with. */
export interface Stage {
  readonly narrator: Narrator;
  readonly control: ControlClient;
  readonly watch: StackWatch;
  readonly traffic: Traffic;
  readonly speed: DemoSpeed;
  readonly signal: AbortSignal;
}

/** Beyond what the speed asks for: so long may anything take before the demonstration gives up. */
const patienceMs = 60_000;

const expectSight = async ({ watch, speed }: Stage, what: string, holds: (sight: Sight) => boolean): Promise<void> => {
  try {
    await watch.until(holds, speed.coolDownMs + patienceMs);
  } catch (fault) {
    if (fault instanceof DOMException) throw fault;
    throw new CommandError(`This should have happened and did not: ${what}`, String(fault));
  }
};

/** Lets traffic flow for a while, looking on, and tells how it was answered. */
const flow = async ({ watch, traffic, narrator, signal }: Stage, forMs: number): Promise<void> => {
  const untilMs = performance.now() + forMs;
  await watch.until(() => performance.now() >= untilMs, forMs + patienceMs);
  signal.throwIfAborted();
  const answers = [...traffic.takeAnswers()].map(([answer, count]) => `${count} × ${answer}`);
  narrator.say(`Answers: ${answers.join(', ') || 'none yet'}`);
};

const isBreaker =
  (name: StandInName, state: string) =>
  ({ breakers }: Sight): boolean =>
    breakers[name] === state;

const takeAway = async (stage: Stage, name: StandInName, consequence: string): Promise<void> => {
  const { narrator, control, speed } = stage;
  narrator.chapter(`${standInTitles[name]} dies`, `faults -- ${name} refuse`);
  await control.setFault(name, 'refuse');
  await expectSight(stage, `the breaker of ${name} opens`, isBreaker(name, 'Open'));
  narrator.say(consequence);
  await flow(stage, speed.awayMs);
};

const giveBack = async (stage: Stage, name: StandInName): Promise<void> => {
  const { narrator, control, speed } = stage;
  narrator.chapter(`${standInTitles[name]} is back`, `faults -- ${name} none`);
  await control.setFault(name, 'none');
  narrator.say(`The breaker probes it once its cool-down of ${speed.coolDownMs / 1_000} s is over`);
  await expectSight(stage, `the breaker of ${name} closes`, isBreaker(name, 'Closed'));
};

const awaitArrivals = async (stage: Stage): Promise<void> => {
  const { narrator, traffic, signal } = stage;
  narrator.chapter('Everything arrives');
  await traffic.stop();
  await expectSight(stage, 'nothing waits any more', ({ backlog, owed }) => backlog === 0 && owed === 0);
  // What the last look found gone may still be on its way out of the last run of the timer.
  await sleep(1_000, undefined, { signal });
  narrator.say('No copy waits for the archive, and no queue is owed an event');
};

/** From healthy traffic through two outages to the end, where nothing is under way any more. Throws `CommandError`. */
export const tellStory = async (stage: Stage): Promise<void> => {
  const { narrator, speed } = stage;
  narrator.chapter('Traffic flows', 'send -- github pull_request.opened');
  narrator.say('GitHub sends an event every moment; some come twice, some are forged');
  await flow(stage, speed.calmMs);

  const inBacklog = 'Nobody waits for it any more; a copy of each event waits in webhook-archive-backlog';
  await takeAway(stage, 'blob-storage', inBacklog);
  await giveBack(stage, 'blob-storage');
  await expectSight(stage, 'the backlog is emptied', ({ backlog }) => backlog === 0);
  narrator.say('The timer has put every waiting copy into the archive');
  await flow(stage, speed.calmMs / 2);

  const inOutbox = 'Events are archived and answered 202; the outbox writes down who is still owed them';
  await takeAway(stage, 'service-bus', inOutbox);
  await giveBack(stage, 'service-bus');
  await awaitArrivals(stage);
};

import { brokenPromises } from './broken-promises.js';
import { type Attempt, readPromise } from './sent-book.js';
import type { Scenario, Send, Step } from './steps.js';
import { World } from './world.js';

const minuteMs = 60_000;
const mostRuns = 60;

const sendTo = async (world: World, send: Send, step: number): Promise<Attempt> => {
  const life = world.lifeOf(send.instance);
  const sentMs = world.clock.monotonicMs();
  const reply = await world.send(send);
  return { send, step, life, sentMs, endedMs: world.clock.monotonicMs(), ...readPromise(reply) };
};

const play = async (world: World, step: Step, index: number): Promise<readonly Attempt[]> => {
  switch (step.kind) {
    case 'send':
      return Promise.all(step.sends.map((send) => sendTo(world, send, index)));
    case 'drain':
      await world.drain(step.instance);
      return [];
    case 'wait':
      world.wait(step.ms);
      return [];
    case 'fail':
      world.fail(step.dependency, step.how);
      return [];
    case 'stumble':
      world.stumble(step.times);
      return [];
    case 'mend':
      world.mend(step.dependency);
      return [];
    case 'kill':
      world.killAt(step.instance, step.death);
      return [];
  }
};

/** The timer runs once a minute, on one instance and the other in turn. */
const settle = async (world: World): Promise<boolean> => {
  world.mend();
  for (let run = 0; run < mostRuns; run += 1) {
    if (world.isSettled) return true;
    world.wait(minuteMs);
    await world.drain(run % 2);
  }
  return world.isSettled;
};

/** Plays a scenario to its end, until nothing is owed any more; answers every promise that was broken. */
export const playScenario = async ({ steps, ...settings }: Scenario): Promise<readonly string[]> => {
  const world = new World(settings);
  const attempts: Attempt[] = [];
  for (const [index, step] of steps.entries()) {
    attempts.push(...(await play(world, step, index)));
    // No two requests after each other arrive in the same millisecond.
    world.wait(1);
  }
  const isSettled = await settle(world);
  return [...(isSettled ? [] : ['Something stays owed']), ...(await brokenPromises(world, attempts))];
};

import { expect } from 'vitest';
import { describeBooks, describeFaults } from '../soak/books/describe-books.js';
import { describePlan } from '../soak/plan/describe-plan.js';
import { planSoak, type SoakSize } from '../soak/plan/plan-soak.js';
import { isSound, runSoak } from '../soak/run-soak.js';

/** Plays a short soak; its books must balance, with more than half of its events accepted. The long soak is `npm run soak`. */
export const expectSoundSoak = async (size: SoakSize): Promise<void> => {
  const plan = planSoak(size);
  const notes: string[] = [];

  const result = await runSoak(plan, {
    onStep: () => {},
    onNote: (text) => notes.push(text),
    signal: new AbortController().signal,
  });

  const story = [...describePlan(plan), ...notes, ...describeBooks(result)].join('\n');
  expect(await describeFaults(result), story).toEqual([]);
  expect(isSound(result), story).toBe(true);
  expect(result.audit.balance.accepted, story).toBeGreaterThan(plan.events.length / 2);
};

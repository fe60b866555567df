import { describe, expect, it } from 'vitest';
import { describeBooks, describeFaults } from '../soak/books/describe-books.js';
import { describePlan } from '../soak/plan/describe-plan.js';
import { planSoak } from '../soak/plan/plan-soak.js';
import { isSound, runSoak } from '../soak/run-soak.js';

/** Seeds, accounts and namespaces, events. Even seeds defer what Service Bus does not take; odd ones reject it. The long soak is `npm run soak`. */
describe('soak', () => {
  it.each([
    [4, 1, 300],
    [6, 2, 150],
  ])('seed %i: dependencies fail, the host is killed and started again, and nothing accepted is lost, doubled or altered', async (seed, shards, events) => {
    const plan = planSoak({ seed, events, shards });
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
  });
});

import { describe, expect, it } from 'vitest';
import { standInNames } from '../../../local/stack/stand-ins.js';
import { describePlan } from '../../soak/plan/describe-plan.js';
import { planSoak } from '../../soak/plan/plan-soak.js';
import { bodyOf } from '../../soak/traffic/soak-providers.js';

describe('soak plan', () => {
  it('the same seed and number of events give the same plan, another seed another one', () => {
    const plan = planSoak({ seed: 7, events: 3_000 });

    expect(planSoak({ seed: 7, events: 3_000 })).toEqual(plan);
    expect(planSoak({ seed: 8, events: 3_000 }).rounds).not.toEqual(plan.rounds);
  });

  it.each([
    400, 3_000,
  ])('%i events: every dependency fails, the host is killed in each round, events come doubled', (events) => {
    const { rounds } = planSoak({ seed: 1, events });
    const steps = rounds.flatMap((round) => round.steps);

    for (const { incidents, kills } of rounds) {
      const failing = incidents.flatMap(({ faults }) => faults.map(({ service }) => service));
      expect(new Set(failing)).toEqual(new Set(standInNames));
      expect(kills.length).toBeGreaterThan(0);
    }
    expect(steps.filter(({ kind }) => kind === 'first')).toHaveLength(events);
    expect(steps.some(({ copies }) => copies === 20)).toBe(true);
    expect(steps.some(({ kind }) => kind === 'again')).toBe(true);
    expect(steps.some(({ kind }) => kind === 'forged')).toBe(true);
  });

  it('a lane sends its events in the order of their numbers, and a redelivery after the event', () => {
    const { rounds } = planSoak({ seed: 3, events: 3_000 });

    for (const { steps } of rounds) {
      for (const lane of Map.groupBy(steps, ({ event }) => event.lane).values()) {
        const firsts = lane.filter(({ kind }) => kind === 'first').map(({ event }) => event.number);
        expect(firsts).toEqual(firsts.toSorted((one, other) => one - other));
        for (const [index, { kind, event }] of lane.entries()) {
          const before = lane.slice(0, index).some((step) => step.kind === 'first' && step.event === event);
          expect(before).toBe(kind === 'again');
        }
      }
    }
  });

  it('some payloads are above what travels inside a message, and no two are the same', () => {
    const { events } = planSoak({ seed: 1, events: 1_000 });
    const bodies = events.map(bodyOf);

    expect(bodies.some(({ length }) => length > 196_608)).toBe(true);
    expect(new Set(bodies.map(String)).size).toBe(events.length);
    expect(bodies.every((body) => typeof JSON.parse(body.toString()) === 'object')).toBe(true);
  });

  it('now and then an event has the id of an earlier one of its lane, and bytes of its own', () => {
    const { events } = planSoak({ seed: 1, events: 3_000 });
    const conflicts = events.filter(({ key, id }) => key !== id);

    expect(conflicts.length).toBeGreaterThan(20);
    expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
    for (const { id, number, lane, provider } of conflicts) {
      const earlier = events.find((event) => event.id === id);
      expect(earlier).toMatchObject({ lane, provider });
      expect(earlier?.number).toBeLessThan(number);
    }
  });

  it('is printed whole: seed, settings, every fault and every kill', () => {
    const plan = planSoak({ seed: 11, events: 400 });
    const text = describePlan(plan).join('\n');

    expect(text).toContain('Seed 11: 400 events');
    for (const { incidents, kills } of plan.rounds) {
      for (const { service, fault } of incidents.flatMap(({ faults }) => faults))
        expect(text).toContain(`${service} ${fault}`);
      for (const { afterSteps } of kills) expect(text).toContain(`after ${afterSteps}: SIGKILL`);
    }
  });
});

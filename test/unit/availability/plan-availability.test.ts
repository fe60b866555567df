import { describe, expect, it } from 'vitest';
import { githubSample } from '../../availability/plan/github-sample.js';
import { type PlanOptions, planAvailability } from '../../availability/plan/plan-availability.js';

const options: PlanOptions = { seed: 7, rate: 25, seconds: 180, kills: true, fixed: [] };
const plan = planAvailability(options);

describe('availability: plan', () => {
  it('follows from the seed', () => {
    expect(planAvailability(options)).toEqual(plan);
    expect(planAvailability({ ...options, seed: 8 }).outages).not.toEqual(plan.outages);
  });

  it('sends and fails the same with kills and without', () => {
    const { deliveries, outages, kills } = planAvailability({ ...options, kills: false });

    expect({ deliveries, outages }).toEqual({ deliveries: plan.deliveries, outages: plan.outages });
    expect(kills).toEqual([]);
  });

  it('lets one dependency fail at a time, for 0.5 to 6.5 s, with 0.5 to 3 s between', () => {
    const lasting = plan.outages.map(({ fromMs, toMs }) => toMs - fromMs);
    const between = plan.outages.slice(1).map(({ fromMs }, index) => fromMs - (plan.outages[index]?.toMs ?? 0));

    expect(Math.min(...lasting)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...lasting)).toBeLessThanOrEqual(6_500);
    expect(Math.min(...between)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...between)).toBeLessThanOrEqual(3_000);
    expect(new Set(plan.outages.map(({ service }) => service)).size).toBe(3);
  });

  it('kills one of two instances every 6 to 14 s', () => {
    const times = [0, ...plan.kills.map(({ atMs }) => atMs)];
    const between = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));

    expect(Math.min(...between)).toBeGreaterThanOrEqual(6_000);
    expect(Math.max(...between)).toBeLessThanOrEqual(14_000);
    expect(plan.instances).toBe(2);
  });

  it('holds a fixed fault until no sender waits any more, and lets nothing else fail', () => {
    const fixed = [{ service: 'key-vault', fault: 'hang' }] as const;

    expect(planAvailability({ ...options, fixed }).outages).toEqual([
      { service: 'key-vault', fault: 'hang', fromMs: 0, toMs: 190_000 },
    ]);
  });

  it('each delivery has bytes of its own, about the entity that the plan names', () => {
    const samples = plan.deliveries.slice(0, 200).map((delivery) => ({ delivery, sample: githubSample(delivery) }));

    expect(new Set(samples.map(({ sample }) => sample.body.toString())).size).toBe(200);
    for (const { delivery, sample } of samples) {
      expect(JSON.parse(sample.body.toString())).toMatchObject({
        repository: { full_name: delivery.repository },
        [delivery.entity]: { number: delivery.entityNumber },
      });
    }
  });
});

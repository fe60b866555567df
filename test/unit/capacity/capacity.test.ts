import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Deployment, firstLimit, limitsOf, play } from '../../../scripts/capacity/model.js';
import { withCapacityTables } from '../../../scripts/capacity/tables.js';

const deployment: Deployment = { botsPerEvent: 3, namespaces: 1, accounts: 1, instances: 40 };

describe('the capacity model', () => {
  it('docs/capacity.md holds the tables that it gives', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/capacity.md'), 'utf8');

    expect(withCapacityTables(page)).toBe(page);
    expect(page).toMatch(/<!-- limits -->\n\| bots per event/);
  });

  it('Service Bus is throttled first, and each namespace adds what one takes', () => {
    expect(firstLimit(deployment)).toEqual({ name: 'service-bus', webhooks: 166 });
    expect(limitsOf({ ...deployment, namespaces: 4 })['service-bus']).toBe(666);
  });

  it('every webhook is routed, deferred or refused, whatever the load', () => {
    for (const rate of [1, 100, 1_000, 10_000, 100_000]) {
      const played = play(deployment, [{ seconds: 30, rate }]);

      expect(played.routed + played.deferred + played.refused).toBe(played.arrived);
    }
  });

  it('within the limit nothing is deferred; a burst above it is caught up with', () => {
    expect(play(deployment, [{ seconds: 60, rate: 166 }])).toMatchObject({ deferred: 0, refused: 0, caughtUpAfter: 0 });
    const burst = play(deployment, [{ seconds: 60, rate: 1_000 }]);
    expect(burst).toMatchObject({ refused: 0, mostOwed: 60 * (1_000 - 166) });
    expect(burst.caughtUpAfter).toBe(Math.ceil(burst.mostOwed / 166));
  });
});

import { describe, expect, it } from 'vitest';
import { describeResult } from '../availability/books/describe-result.js';
import { describeAvailability } from '../availability/plan/describe-availability.js';
import { planAvailability } from '../availability/plan/plan-availability.js';
import { readRequest } from '../availability/read-request.js';
import { type AvailabilityResult, isSound, runAvailability } from '../availability/run-availability.js';

interface Asked {
  readonly seed: string;
  readonly queueUnavailable: 'defer' | 'reject';
  readonly seconds: string;
  readonly kills?: boolean;
  readonly fault?: string[];
  readonly shards?: string;
}

interface Played {
  readonly result: AvailabilityResult;
  /** For whoever reads why it failed. */
  readonly story: string;
}

const play = async ({
  queueUnavailable,
  kills = false,
  fault = [],
  shards = '1',
  ...asked
}: Asked): Promise<Played> => {
  const { runs } = readRequest({
    ...asked,
    rate: '15',
    kills,
    reconcile: false,
    both: false,
    fault,
    shards,
    secret: 'fallback',
    only: 'app',
    'queue-unavailable': queueUnavailable,
  });
  const [request] = runs;
  if (request === undefined) throw new RangeError('There is no run');
  const plan = planAvailability(request.plan);
  const result = await runAvailability({
    ...request,
    plan,
    settings: { ...request.settings, OUTBOX_SCHEDULE: '*/2 * * * * *' },
    counted: [],
    stopped: new AbortController().signal,
    watch: { onSent: () => {}, onNote: () => {} },
  });
  return { result, story: [...describeAvailability(plan), ...describeResult(result)].join('\n') };
};

/** The long one is `npm run availability`. */
describe('availability', () => {
  it('while one dependency fails after the other and instances are killed, what an instance hears reaches every bot, once', async () => {
    const { result, story } = await play({ seed: '7', queueUnavailable: 'defer', seconds: '18', kills: true });

    const [app] = result.sides;
    expect(isSound(result), story).toBe(true);
    // How many a kill cuts off follows from how long an answer takes, on a busy machine longer.
    expect(app?.heard, story).toBeGreaterThan(0.5 * (app?.sent ?? 0));
    expect((app?.answered2xx ?? 0) + (app?.late ?? 0), story).toBeGreaterThan(0.99 * (app?.heard ?? 0));
    expect(app?.reachedOfHeard, story).toBeGreaterThan(0.99 * (app?.heard ?? 0));
  });

  it('while the second of two namespaces and the second of two accounts fail, what has nothing there is taken as usual', async () => {
    const fault = ['service-bus:hang', 'blob-storage:refuse'];
    const { result, story } = await play({ seed: '1', queueUnavailable: 'defer', seconds: '12', fault, shards: '2' });

    const [app] = result.sides;
    const shards = app?.shards;
    expect(isSound(result), story).toBe(true);
    expect(shards?.misplaced, story).toEqual([]);
    expect(shards?.apart, story).toBeGreaterThan(10);
    // A busy machine is late for healthy stores, too; of the others more than half notice.
    expect(shards?.noticed.length, story).toBeLessThan(0.2 * (shards?.apart ?? 0));
    expect(app?.notAsUsual, story).toBeGreaterThan(0.5 * ((app?.sent ?? 0) - (shards?.apart ?? 0)));
  });
});

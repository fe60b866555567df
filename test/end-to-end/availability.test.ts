import { describe, expect, it } from 'vitest';
import { describeResult } from '../availability/books/describe-result.js';
import { describeAvailability } from '../availability/plan/describe-availability.js';
import { planAvailability } from '../availability/plan/plan-availability.js';
import { readRequest } from '../availability/read-request.js';
import { type AvailabilityResult, isSound, runAvailability } from '../availability/run-availability.js';

interface Played {
  readonly result: AvailabilityResult;
  /** For whoever reads why it failed. */
  readonly story: string;
}

const play = async (seed: string, queueUnavailable: 'defer' | 'reject'): Promise<Played> => {
  const { runs } = readRequest({
    seed,
    rate: '25',
    seconds: '18',
    kills: true,
    both: false,
    fault: [],
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
    const { result, story } = await play('7', 'defer');

    const [app] = result.sides;
    expect(isSound(result), story).toBe(true);
    expect(app?.heard, story).toBeGreaterThan(0.9 * (app?.sent ?? 0));
    expect(app?.reachedOfHeard, story).toBeGreaterThan(0.99 * (app?.heard ?? 0));
  });
});

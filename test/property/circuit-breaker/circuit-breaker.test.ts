import { assert, asyncModelRun, asyncProperty, readConfigureGlobal } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import type { Classified } from '../../../src/circuit-breaker/guarded-call.js';
import { ManualClock } from '../../support/manual-clock.js';
import { anyOptions, anySteps, type Real } from './breaker-commands.js';
import { BreakerModel } from './breaker-model.js';

const classify = (thrown: unknown): Classified<unknown> => {
  if (thrown instanceof Error) return { verdict: 'failure', error: thrown };
  const { verdict } = JSON.parse(JSON.stringify(thrown));
  if (verdict === 'unclassifiable') throw new TypeError('no such fault is known');
  return { verdict, error: thrown };
};

const create = (options: BreakerModel['options']): Real => {
  const clock = new ManualClock();
  const transitions: string[] = [];
  const breaker = new CircuitBreaker<string, unknown>({
    name: 'model',
    options,
    classify,
    clock,
    onTransition: ({ from, to, reason }) => transitions.push(`${from} → ${to} (${reason})`),
  });
  return { breaker, clock, transitions, calls: [] };
};

const numRuns = readConfigureGlobal().numRuns ?? 600;

describe('breaker: against its model', () => {
  test('whatever happens in whatever order, it answers, counts and moves as the model does', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);

    await assert(
      asyncProperty(anyOptions, anySteps, (options, steps) =>
        asyncModelRun(() => ({ model: new BreakerModel(options), real: create(options) }), steps),
      ),
      { numRuns },
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);

    expect(unhandled).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import { createMetricsStore } from '../../../src/observability/metrics/metrics-store.js';
import type { SecretStanding } from '../../../src/secrets/cached-secret.js';
import { createSecretUse } from '../../../src/secrets/cached-secrets.js';
import { ManualClock } from '../../support/manual-clock.js';

const setUp = () => {
  const clock = new ManualClock('2026-03-01T12:00:00.000Z');
  const metrics = createMetricsStore();
  const standing = (name: string): SecretStanding =>
    name === 'github-webhook-secret'
      ? { source: 'vault', versions: 2, failing: false }
      : { source: 'none', failing: false };
  const use = createSecretUse({ providers: ['github', 'slack'], secrets: { standing }, clock, metrics });
  const counted = () => metrics.numbers().get('breakwater_secret_verifications_total');
  return { clock, counted, use };
};

test('secret use: nothing has been needed before the first delivery, and a secret that was never read has no versions', () => {
  const { use } = setUp();

  expect(use.figures()).toEqual({
    github: { versions: 2, source: 'vault', olderLastNeeded: null },
    slack: { versions: null, source: 'none', olderLastNeeded: null },
  });
});

test('secret use: the newest version leaves no mark, an older one says when it was last needed', () => {
  const { clock, use } = setUp();

  use.record('github', 'newest');
  const before = use.figures()['github'];
  clock.advance(1_000);
  use.record('github', 'older');
  clock.advance(60_000);
  use.record('github', 'older');
  clock.advance(60_000);
  use.record('github', 'newest');

  expect(before?.olderLastNeeded).toBeNull();
  expect(use.figures()).toMatchObject({
    github: { olderLastNeeded: '2026-03-01T12:01:01.000Z' },
    slack: { olderLastNeeded: null },
  });
});

test('secret use: verifications are counted by provider and by the age of the version', () => {
  const { counted, use } = setUp();

  for (const version of ['newest', 'newest', 'older'] as const) use.record('github', version);

  expect(counted()).toEqual([
    { labels: { provider: 'github', version: 'newest' }, value: 2 },
    { labels: { provider: 'github', version: 'older' }, value: 1 },
  ]);
});

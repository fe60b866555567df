import { expect, it } from 'vitest';
import { describeLogLine } from '../../../../local/commands/stack/people-log.js';

const line = (fields: object, stamp = '2026-11-29T12:33:09.252Z'): string => `[${stamp}] ${JSON.stringify(fields)}`;

const accepted = {
  event: 'webhook.accepted',
  provider: 'github',
  bytes: 21_370,
  durationMs: 204.6,
  correlationId: 'c',
  id: '98500576',
  type: 'github.pull_request.opened',
  routedTo: ['merge-warden', 'notifier'],
  degraded: [],
  duplicate: false,
};

const withoutTime = (text: string | undefined): string | undefined => text?.replace(/^\d\d:\d\d:\d\d {2}/, '');

it('a delivery is one line that says what became of it, what it was, how large, how long, whither, and its id', () => {
  expect(withoutTime(describeLogLine(line(accepted)))).toBe(
    'accepted     github.pull_request.opened        21 KB    205 ms  → merge-warden, notifier  98500576',
  );
});

it('deliveries stand below each other in columns, whatever became of them', () => {
  const lines = [
    accepted,
    { ...accepted, degraded: ['blob-storage'], duplicate: true, routedTo: [] },
    {
      event: 'webhook.rejected',
      provider: 'github',
      bytes: 9,
      durationMs: 1,
      code: 'SignatureInvalid',
      reason: 'stale',
    },
    {
      event: 'webhook.unavailable',
      provider: 'slack',
      durationMs: 2_500,
      code: 'QueueingFailed',
      retryAfterMs: 30_000,
    },
  ].map((fields) => describeLogLine(line(fields)) ?? '');

  expect(lines[1]).toContain('→ no bot; without blob-storage; again');
  expect(lines[2]).toContain('SignatureInvalid: stale');
  expect(lines[3]).toContain('QueueingFailed; again in 30 s');
  expect(new Set(lines.map((text) => text.indexOf(' ms  ')))).toEqual(new Set([lines[0]?.indexOf(' ms  ')]));
});

it('a run of a timer that did nothing, and what is said at every start, print nothing', () => {
  for (const text of [
    "[2026-11-29T12:33:09.252Z] Executed 'Functions.drainOutbox' (Succeeded, Id=1, Duration=3ms)",
    line({ event: 'telemetry.off', setting: 'APPLICATIONINSIGHTS_CONNECTION_STRING' }),
  ])
    expect(describeLogLine(text)).toBeUndefined();
});

it('a run that failed, and anything that is not of the app, is shown as it is', () => {
  expect(
    withoutTime(describeLogLine("[2026-11-29T12:33:09.252Z] Executed 'Functions.drainOutbox' (Failed, Id=1)")),
  ).toBe("Executed 'Functions.drainOutbox' (Failed, Id=1)");
  expect(describeLogLine('TypeError: a bug')).toBe('TypeError: a bug');
  expect(withoutTime(describeLogLine('[2026-11-29T12:33:09.252Z] {"event":broken'))).toBe('{"event":broken');
});

it('what else the app says has its facts in its own order, without the correlation id', () => {
  expect(
    withoutTime(describeLogLine(line({ event: 'breaker.opened', correlationId: 'c', breaker: 'blob-storage', n: 5 }))),
  ).toBe('breaker.opened  breaker=blob-storage  n=5');
});

it('no control character that a sender chose reaches the terminal', () => {
  const evil = '\u001b]0;owned\u0007\u202e';
  for (const fields of [
    { ...accepted, id: evil, type: evil, routedTo: [evil] },
    { event: 'webhook.rejected', provider: evil, code: evil },
    { event: `webhook.${evil}`, provider: 'github' },
    { event: 'other', [evil]: evil },
    { event: evil, fact: 1 },
  ])
    expect(describeLogLine(line(fields))).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

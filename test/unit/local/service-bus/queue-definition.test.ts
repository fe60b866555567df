import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { queueDefinition, queueDefinitionsFor } from '../../../../local/service-bus/queue-definition.js';

test('queue definition: every queue detects duplicates for a day, locks for one, delivers ten times, takes 256 KB, keeps 14 days', () => {
  expect(queueDefinition('bot')).toEqual({
    name: 'bot',
    requiresSession: false,
    requiresDuplicateDetection: true,
    duplicateWindowMs: 24 * 60 * 60 * 1000,
    lockDurationMs: 60 * 1000,
    maxDeliveryCount: 10,
    maxMessageBytes: 262_144,
    maxQueueBytes: 5120 * 1024 * 1024,
    ttlMs: 14 * 24 * 60 * 60 * 1000,
  });
});

test.each([
  ['botQueues', queueDefinition('bot')],
  ['archiveBacklogs', queueDefinitionsFor([]).at(-1)],
] as const)('queue definition: %s have the properties that infra gives them', (resource, definition) => {
  const bicep = readFileSync(join(import.meta.dirname, '../../../../infra/modules/service-bus.bicep'), 'utf8');
  const [, properties = ''] = new RegExp(`^resource ${resource} .*?properties: {(.*?)\\n  }`, 'ms').exec(bicep) ?? [];
  const deployed = (name: string) => new RegExp(`^    ${name}: '?([^'\n]+)'?$`, 'm').exec(properties)?.[1];

  expect({
    requiresDuplicateDetection: deployed('requiresDuplicateDetection'),
    ttl: deployed('defaultMessageTimeToLive'),
    lock: deployed('lockDuration'),
    deliveries: deployed('maxDeliveryCount'),
    megabytes: deployed('maxSizeInMegabytes'),
  }).toEqual({
    requiresDuplicateDetection: String(definition?.requiresDuplicateDetection),
    ttl: `P${(definition?.ttlMs ?? 0) / 86_400_000}D`,
    lock: definition?.lockDurationMs === 60_000 ? 'PT1M' : `PT${(definition?.lockDurationMs ?? 0) / 1000}S`,
    deliveries: String(definition?.maxDeliveryCount),
    megabytes: String((definition?.maxQueueBytes ?? 0) / 1024 / 1024),
  });
  expect(deployed('deadLetteringOnMessageExpiration')).toBe('true');
});

test('queue definition: the window of duplicate detection is the one that infra deploys', () => {
  const bicep = readFileSync(join(import.meta.dirname, '../../../../infra/main.bicep'), 'utf8');
  const [, days] = /^param duplicateWindow string = 'P(\d+)D'$/m.exec(bicep) ?? [];

  expect(queueDefinition('bot').duplicateWindowMs).toBe(Number(days) * 24 * 60 * 60 * 1000);
});

test('queue definition: ordered bots have sessions, and the archive has its backlog', () => {
  const definitions = queueDefinitionsFor([
    { queue: 'bot-merge-warden', ordered: true },
    { queue: 'bot-notifier', ordered: false },
  ]);

  expect(definitions.map(({ name, requiresSession }) => [name, requiresSession])).toEqual([
    ['bot-merge-warden', true],
    ['bot-notifier', false],
    ['webhook-archive-backlog', false],
  ]);
  expect(definitions.at(-1)?.maxDeliveryCount).toBe(1_000);
});

test('queue definition: each account has a backlog queue like the first one', () => {
  const [first, second] = queueDefinitionsFor([], ['webhook-archive-backlog', 'webhook-archive-backlog-2']);

  expect(second).toEqual({ ...first, name: 'webhook-archive-backlog-2' });
});

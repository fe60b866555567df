import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { queueDefinition, queueDefinitionsFor } from '../../../../local/service-bus/queue-definition.js';

test('queue definition: every queue detects duplicates for a day, locks for one, delivers ten times, takes 256 KB', () => {
  expect(queueDefinition('bot')).toEqual({
    name: 'bot',
    requiresSession: false,
    requiresDuplicateDetection: true,
    duplicateWindowMs: 24 * 60 * 60 * 1000,
    lockDurationMs: 60 * 1000,
    maxDeliveryCount: 10,
    maxMessageBytes: 262_144,
    maxQueueBytes: 5120 * 1024 * 1024,
  });
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

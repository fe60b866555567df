import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { emulatorConfig } from '../../../scripts/emulator-config.js';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const minutes = (least: number, most: number) =>
  z.string().refine((text) => {
    const [, hours = '0', min = '0', seconds = '0'] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(text) ?? [];
    const all = Number(hours) * 60 + Number(min) + Number(seconds) / 60;
    return all >= least && all <= most;
  });

/**
 * The part for queues of https://github.com/Azure/azure-service-bus-emulator-installer/blob/main/ServiceBus-Emulator/Schema/Config-schema.json,
 * stricter: nothing that it does not name, and the limits that it only describes.
 */
const queue = z.strictObject({
  Name: z.string().regex(/^[A-Za-z0-9]$|^[A-Za-z0-9][\w\-./]*[A-Za-z0-9]$/),
  Properties: z.strictObject({
    DeadLetteringOnMessageExpiration: z.boolean(),
    DefaultMessageTimeToLive: minutes(5, 60),
    DuplicateDetectionHistoryTimeWindow: minutes(5 / 60, 5),
    ForwardDeadLetteredMessagesTo: z.string(),
    ForwardTo: z.string(),
    LockDuration: minutes(5 / 60, 5),
    MaxDeliveryCount: z.int().min(1).max(10),
    RequiresDuplicateDetection: z.boolean(),
    RequiresSession: z.boolean(),
  }),
});
const configSchema = z.strictObject({
  UserConfig: z.strictObject({
    Namespaces: z
      .array(
        z.strictObject({
          Name: z.literal('sbemulatorns'),
          Queues: z.array(queue).max(50),
          Topics: z.array(z.unknown()).max(50),
        }),
      )
      .length(1),
    Logging: z.strictObject({ Type: z.enum(['File', 'Console', 'File,Console']) }),
  }),
});

const botsOf = (count: number) =>
  JSON.stringify({
    bots: Array.from({ length: count }, (_, n) => ({
      name: `bot-${n}`,
      queue: `queue-${n}`,
      events: ['*'],
      ordered: n % 2 === 0,
    })),
  });

describe('the configuration of the Service Bus emulator', () => {
  it('is within its schema and its limits', () => {
    expect(() => configSchema.parse(JSON.parse(read('emulator/Config.json')))).not.toThrow();
    expect(() => configSchema.parse(JSON.parse(emulatorConfig(botsOf(49))))).not.toThrow();
  });

  it('follows from bots.json', () => {
    expect(read('emulator/Config.json')).toBe(emulatorConfig(read('bots.json')));
  });

  it('has each queue once, with sessions where its bot is ordered, and the archive backlog', () => {
    const { UserConfig } = configSchema.parse(JSON.parse(emulatorConfig(botsOf(3))));

    expect(UserConfig.Namespaces[0]?.Queues.map(({ Name, Properties }) => [Name, Properties.RequiresSession])).toEqual([
      ['queue-0', true],
      ['queue-1', false],
      ['queue-2', true],
      [archiveBacklogQueue, false],
    ]);
  });

  it('is refused when bots.json needs more queues than the emulator takes', () => {
    expect(() => emulatorConfig(botsOf(50))).toThrow(RangeError);
  });

  it('is mounted where the emulator reads it, and nothing listens beyond this machine', () => {
    const compose = z
      .object({
        services: z.record(
          z.string(),
          z.object({ volumes: z.array(z.string()).optional(), ports: z.array(z.string()).optional() }),
        ),
      })
      .parse(parse(read('emulator/compose.yaml')));

    expect(compose.services['service-bus']?.volumes).toEqual([
      './Config.json:/ServiceBus_Emulator/ConfigFiles/Config.json:ro',
    ]);
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(ports).toHaveLength(3);
  });
});

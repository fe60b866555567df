import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { botsFileSchema } from '../../../src/settings/bots-schema.js';
import { objectAt, projectRoot, readBicep, readJson } from './read-bicep.js';

const serviceBus = readBicep('modules/service-bus.bicep');
const main = readBicep('main.bicep');
const queueBodies = serviceBus.resources.filter(({ type }) => type.endsWith('/queues'));

describe('queues', () => {
  it('there is one for each bot of bots.json, one more for each that coalesces, and the archive backlog', () => {
    expect(main.text).toContain("param bots array = loadJsonContent('../bots.json').bots");
    expect(main.text).toMatch(/var botQueues = map\(bots, bot => \{\s+name: bot\.name\s+queue: bot\.queue\s+ordered/);
    expect(queueBodies.map(({ symbol }) => symbol)).toEqual(['botQueues', 'burstQueues', 'archiveBacklogs']);
    expect(serviceBus.text).toMatch(/^resource botQueues .* = \[for \(bot, index\) in bots: \{$/m);
    expect(serviceBus.text).toMatch(/^resource burstQueues .* = \[for \(bot, index\) in coalescing: \{$/m);
    expect(queueBodies[2]?.body).toContain('name: queue\n');
    expect(main.text).toContain(`['${archiveBacklogQueue}'],`);
  });

  it('the queue of an ordered bot has sessions, and no other has', () => {
    expect(queueBodies[0]?.body).toContain('requiresSession: bot.ordered');
    expect(main.text).toContain('ordered: bot.?ordered ?? false');
    expect(queueBodies[1]?.body).toContain('requiresSession: true');
    expect(queueBodies[2]?.body).toContain('requiresSession: false');
  });

  it('remember message ids for a day, unless the deployment says otherwise', () => {
    expect(main.text).toMatch(/^param duplicateWindow string = 'P1D'$/m);
  });

  it('a path in the name of a queue is written with ~, as the resource name cannot hold it', () => {
    expect(queueBodies[0]?.body).toContain("name: replace(bot.queue, '/', '~')");
  });

  it.each(queueBodies)('$symbol keeps, locks and repeats as documented', ({ body }) => {
    for (const line of [
      'requiresDuplicateDetection: true',
      'duplicateDetectionHistoryTimeWindow: duplicateWindow',
      'deadLetteringOnMessageExpiration: true',
      "defaultMessageTimeToLive: 'P14D'",
      'maxDeliveryCount: 10',
    ])
      expect(body).toContain(line);
  });

  it('what an instance had received when it was killed is free after a minute, of the archive backlog after 30 s', () => {
    const [bots, bursts, backlog] = queueBodies;

    expect(bots?.body).toContain("lockDuration: 'PT1M'");
    expect(bursts?.body).toContain("lockDuration: 'PT1M'");
    expect(backlog?.body).toContain("lockDuration: 'PT30S'");
    expect(queueDefinitionsFor([]).map(({ lockDurationMs }) => lockDurationMs)).toEqual([30_000]);
  });

  it('a message of the archive backlog may come back often: storage can be away for long', () => {
    const backlog = queueBodies.find(({ symbol }) => symbol === 'archiveBacklogs');

    expect(backlog?.body).toContain('maxDeliveryCount: 1000\n');
  });

  it('no two bots share the name of a resource', () => {
    const { bots } = botsFileSchema.parse(readJson('bots.json'));
    const names = bots.map(({ queue }) => queue.replaceAll('/', '~').toLowerCase());

    expect(new Set([...names, archiveBacklogQueue]).size).toBe(bots.length + 1);
  });
});

describe('containers', () => {
  it('are those that the app uses', () => {
    const source = readFileSync(join(projectRoot, 'src/composition/azure-shards.ts'), 'utf8');
    const used = [...objectAt(source, source.indexOf('const containers')).matchAll(/'([a-z-]+)'/g)].map(
      ([, name]) => name,
    );
    const { text } = readBicep('modules/archive-storage.bicep');
    const made = [...text.matchAll(/^var \w+ContainerName = '([a-z-]+)'$/gm)].map(([, name]) => name);

    expect(used.length).toBeGreaterThan(4);
    expect(made.toSorted()).toEqual(used.toSorted());
  });
});

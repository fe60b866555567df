import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { archiveBacklogQueue } from '../../../src/archive/archive-backlog.js';
import { botsFileSchema } from '../../../src/settings/bots-schema.js';
import { objectAt, projectRoot, readBicep, readJson } from './read-bicep.js';

const serviceBus = readBicep('modules/service-bus.bicep');
const main = readBicep('main.bicep');
const queueBodies = serviceBus.resources.filter(({ type }) => type.endsWith('/queues'));

describe('queues', () => {
  it('there is one for each bot of bots.json, and the archive backlog', () => {
    expect(main.text).toContain("var botsFile = any(loadJsonContent('../bots.json'))");
    expect(main.text).toMatch(
      /var bots = map\(botsFile\.bots, bot => \{\s+name: bot\.name\s+queue: bot\.queue\s+ordered/,
    );
    expect(queueBodies.map(({ symbol }) => symbol)).toEqual(['botQueues', 'archiveBacklog']);
    expect(serviceBus.text).toMatch(/^resource botQueues .* = \[for \(bot, index\) in bots: \{$/m);
    expect(queueBodies[1]?.body).toContain(`name: '${archiveBacklogQueue}'`);
  });

  it('the queue of an ordered bot has sessions, and no other has', () => {
    expect(queueBodies[0]?.body).toContain('requiresSession: bot.ordered');
    expect(main.text).toContain('ordered: bot.?ordered ?? false');
    expect(queueBodies[1]?.body).toContain('requiresSession: false');
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
      "lockDuration: 'PT1M'",
      'maxDeliveryCount: 10',
    ])
      expect(body).toContain(line);
  });

  it('a message of the archive backlog may come back often: storage can be away for long', () => {
    const backlog = queueBodies.find(({ body }) => body.includes(archiveBacklogQueue));

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
    const source = readFileSync(join(projectRoot, 'src/azure.ts'), 'utf8');
    const used = [...objectAt(source, source.indexOf('const containers')).matchAll(/'([a-z-]+)'/g)].map(
      ([, name]) => name,
    );
    const { text } = readBicep('modules/archive-storage.bicep');
    const made = [...text.matchAll(/^var \w+ContainerName = '([a-z-]+)'$/gm)].map(([, name]) => name);

    expect(used.length).toBeGreaterThan(2);
    expect(made).toEqual(expect.arrayContaining(used));
  });
});

describe('names', () => {
  const abbreviations = z.record(z.string(), z.string()).parse(readJson('infra/abbreviations.json'));
  const block = objectAt(main.text, main.text.indexOf('var names = {'));
  const nameOf = (key: string): string =>
    (new RegExp(`${key}: '([^']+)'`).exec(block)?.[1] ?? '')
      .replaceAll(/\$\{abbreviations\.(\w+)\}/g, (_whole, kind: string) => abbreviations[kind] ?? '?')
      .replace(/\$\{token\}/, 'a2b3c4d5e6f7g')
      .replace(/\$\{environmentName\}/, 'e'.repeat(64));

  it.each([
    ['resourceGroup', /^[\w.()-]{1,89}[\w()-]$/],
    ['identity', /^[a-z][a-z0-9-]{2,127}$/],
    ['workspace', /^[a-z0-9][a-z0-9-]{2,61}[a-z0-9]$/],
    ['applicationInsights', /^[a-z0-9-]{1,255}$/],
    ['hostStorage', /^[a-z0-9]{3,24}$/],
    ['archiveStorage', /^[a-z0-9]{3,24}$/],
    ['serviceBus', /^[a-z](?!.*-(sb|mgmt)$)[a-z0-9-]{4,48}[a-z0-9]$/],
    ['keyVault', /^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/],
    ['plan', /^[a-z0-9-]{1,60}$/],
    ['functionApp', /^[a-z0-9](?!.*--)[a-z0-9-]{0,58}[a-z0-9]$/],
    ['actionGroup', /^[a-z0-9-]{1,260}$/],
  ])('%s is within the limits of Azure, however long the name of the environment', (key, limits) => {
    expect(nameOf(key)).toMatch(limits);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { projectRoot, readJson } from './read-bicep.js';
import { ofType, propertiesOf, settingsOf, snapshots } from './read-snapshots.js';

const limits = z
  .object({
    hostBytesPerBodyByte: z.object({ fromAnybody: z.number(), fromSenders: z.number() }),
    mbForBodies: z.record(z.string(), z.number()),
  })
  .parse(readJson('infra/instance-limits.json'));

const siteSchema = z.object({
  siteConfig: z.object({
    ipSecurityRestrictions: z.array(
      z.object({
        ipAddress: z.string(),
        tag: z.enum(['Default', 'ServiceTag']),
        priority: z.number(),
        name: z.string(),
      }),
    ),
    ipSecurityRestrictionsDefaultAction: z.enum(['Allow', 'Deny']),
  }),
  functionAppConfig: z.object({
    scaleAndConcurrency: z.object({
      instanceMemoryMB: z.number(),
      triggers: z.object({ http: z.object({ perInstanceConcurrency: z.number() }) }),
    }),
  }),
});

const siteOf = (name: string) => siteSchema.parse(propertiesOf(ofType(name, 'Microsoft.Web/sites')[0]));

const deployments = snapshots.map(({ name }) => {
  const { siteConfig, functionAppConfig } = siteOf(name);
  const { instanceMemoryMB, triggers } = functionAppConfig.scaleAndConcurrency;
  const settings = settingsOf(name);
  return {
    name,
    instanceMemoryMB,
    requestsBeforeAnother: triggers.http.perInstanceConcurrency,
    requestsAtOnce: Number(settings['AzureFunctionsJobHost__extensions__http__maxConcurrentRequests']),
    bodyMb: Number(settings['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT']) / 2 ** 20,
    payloadMb: Number(settings['MAX_PAYLOAD_BYTES']) / 2 ** 20,
    isOpen: siteConfig.ipSecurityRestrictionsDefaultAction === 'Allow',
    rules: siteConfig.ipSecurityRestrictions,
  };
});

/** Rows of a table of docs/real-host.md, its cells trimmed. */
const tableOf = (name: string): readonly (readonly string[])[] => {
  const text = readFileSync(join(projectRoot, 'docs/real-host.md'), 'utf8');
  const table = new RegExp(`<!-- ${name} -->\n([\\s\\S]*?)\n<!-- /${name} -->`).exec(text)?.[1] ?? '';
  return table
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
};

/** What the platform gives .NET of an instance's memory before it ends the process. */
const heapShare = 0.75;
/** Host at rest, and the worker with all of its bodies: `npm run bench -- host-parse`, `-- memory`. */
const besidesMb: Readonly<Record<string, number>> = { '512': 410, '2048': 670, '4096': 670 };

describe('what an instance is given', () => {
  it.each(
    deployments,
  )('$name: bodies that are let in at once, the worst that there are, leave it alive', (deployment) => {
    const { hostBytesPerBodyByte, mbForBodies } = limits;
    const perByte = deployment.isOpen ? hostBytesPerBodyByte.fromAnybody : hostBytesPerBodyByte.fromSenders;
    const forBodies = mbForBodies[deployment.instanceMemoryMB] ?? 0;

    expect(deployment.requestsAtOnce).toBeGreaterThanOrEqual(deployment.requestsBeforeAnother);
    expect(deployment.requestsAtOnce * deployment.bodyMb * perByte).toBeLessThanOrEqual(forBodies);
  });

  it.each(Object.entries(limits.mbForBodies))('%s MB: bodies get no more than host and worker leave', (memory, mb) => {
    expect(mb).toBeLessThanOrEqual(Number(memory) - (besidesMb[memory] ?? 0));
    expect(mb).toBeLessThan(Number(memory) * heapShare);
  });

  it.each(
    tableOf('host-parse'),
  )('%s × %s MB of %s took no more memory than is reckoned with', (count, mb, what, peak) => {
    const { fromAnybody, fromSenders } = limits.hostBytesPerBodyByte;
    const reckonedMb = Number(count) * Number(mb) * (what === 'zeros' ? fromAnybody : fromSenders);

    if (peak !== 'out of memory') expect(Number(peak)).toBeLessThanOrEqual(reckonedMb + 100);
    else expect(reckonedMb).toBeGreaterThan(limits.mbForBodies['2048'] ?? 0);
  });

  it('was measured for 1, 2, 8 and 32 bodies of 1, 5 and 25 MB', () => {
    const measured = tableOf('host-parse').filter(([, , what]) => what === 'zeros');
    const wanted = [1, 2, 8, 32].flatMap((count) => [1, 5, 25].map((mb) => `${count} × ${mb}`));

    expect(measured.map(([count, mb]) => `${count} × ${mb}`)).toEqual(wanted);
  });

  it('is what the table of docs/real-host.md says', () => {
    const { hostBytesPerBodyByte, mbForBodies } = limits;
    const largestKB = (memory: string, requests: string, perByte: number): string =>
      String(Math.min(25_600, Math.floor(((mbForBodies[memory] ?? 0) * 1024) / (Number(requests) * perByte)) - 64));
    const rows = tableOf('largest-body');

    expect(rows.length).toBeGreaterThanOrEqual(9);
    for (const [memory = '', requests = '', anybody, senders] of rows) {
      expect([memory, requests, anybody]).toEqual([
        memory,
        requests,
        largestKB(memory, requests, hostBytesPerBodyByte.fromAnybody),
      ]);
      expect([memory, requests, senders]).toEqual([
        memory,
        requests,
        largestKB(memory, requests, hostBytesPerBodyByte.fromSenders),
      ]);
    }
  });

  it.each(
    deployments,
  )('$name: the app is asked about a body a little above what it takes, and says so', (deployment) => {
    expect(deployment.bodyMb).toBeGreaterThan(deployment.payloadMb);
  });
});

describe('who may call', () => {
  it('is everybody, unless it is said to be senders alone: then nobody else, but operators', () => {
    const open = deployments.find(({ name }) => name === 'least');
    const closed = deployments.find(({ name }) => name === 'most');

    expect(open).toMatchObject({ isOpen: true, rules: [] });
    expect(closed?.isOpen).toBe(false);
    expect(closed?.rules.map(({ tag, ipAddress }) => `${tag} ${ipAddress}`)).toEqual(
      expect.arrayContaining([
        'Default 192.30.252.0/22',
        'ServiceTag AzureDevOps',
        'Default 198.51.100.200/32',
        'Default 2001:db8::7/128',
        'ServiceTag AzureFrontDoor.Backend',
        'Default 203.0.113.0/24',
      ]),
    );
  });

  it('has rules of different names and priorities, as App Service wants them', () => {
    for (const { rules } of deployments) {
      expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
      expect(new Set(rules.map(({ priority }) => priority)).size).toBe(rules.length);
    }
  });
});

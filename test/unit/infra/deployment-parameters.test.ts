import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { foreseenLosses } from '../../../scripts/deployment/judge-changes.js';
import { resolveParameters } from '../../../scripts/deployment/write-parameters.js';
import { infraFolder } from './read-bicep.js';

const parameters = readFileSync(join(infraFolder, 'main.parameters.json'), 'utf8');
const template = readFileSync(join(infraFolder, 'main.bicep'), 'utf8');
const needed = { AZURE_ENV_NAME: 'prod', AZURE_LOCATION: 'northeurope', AZURE_PRINCIPAL_ID: 'operators' };

const resolve = (values: Readonly<Record<string, string>>) => {
  const reading = resolveParameters({ parameters, template, values: { ...needed, ...values } });
  if (!reading.ok) throw new Error(reading.problems.join('; '));
  const { parameters: resolved } = z
    .object({ parameters: z.record(z.string(), z.object({ value: z.unknown() })) })
    .parse(JSON.parse(reading.text));
  return Object.fromEntries(Object.entries(resolved).map(([name, { value }]) => [name, value]));
};

const defaults = new Map(
  [...template.matchAll(/^param (\w+) \w+(?: = (.+))?$/gm)].map(([, name = '', written]) => [name, written]),
);

const bicepOf = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`;
  return JSON.stringify(value);
};

describe('the parameters of a deployment', () => {
  it('are all in the one file that azd and the workflow read, but for the bots, which have their own', () => {
    expect(Object.keys(resolve({})).toSorted()).toEqual(
      [...defaults.keys()].filter((name) => name !== 'bots').toSorted(),
    );
  });

  it('are those of the template where no variable says otherwise', () => {
    const resolved = resolve({});

    for (const [name, written] of defaults)
      if (written !== undefined && !['bots', 'principalId'].includes(name))
        expect([name, bicepOf(resolved[name])]).toEqual([name, written]);
  });

  it('arrive whole: what an operator has set is not set back by a deployment from elsewhere', () => {
    expect(
      resolve({
        BREAKWATER_ARCHIVE_RETENTION_DAYS: '2555',
        BREAKWATER_LOG_RETENTION_DAYS: '365',
        BREAKWATER_ALWAYS_READY_INSTANCES: '3',
        BREAKWATER_LOCK_ARCHIVE: 'true',
        BREAKWATER_ARCHIVE_REDUNDANCY: 'Standard_LRS',
      }),
    ).toMatchObject({
      archiveRetentionDays: 2555,
      logRetentionDays: 365,
      alwaysReadyInstances: 3,
      lockArchive: true,
      archiveRedundancy: 'Standard_LRS',
    });
  });

  it('that are written into the file arrive as they are', () => {
    const file = JSON.parse(parameters);
    file.parameters.extraSettings = { value: { QUEUE_UNAVAILABLE: 'defer' } };
    file.parameters.archiveRetentionDays = { value: 2555 };
    const reading = resolveParameters({ parameters: JSON.stringify(file), template, values: needed });

    expect(reading).toMatchObject({ ok: true, text: expect.stringContaining('"QUEUE_UNAVAILABLE": "defer"') });
    expect(reading).toMatchObject({ text: expect.stringContaining('"value": 2555') });
  });

  it('that cannot be right are named: nothing is deployed on a guess', () => {
    const values = { AZURE_ENV_NAME: 'prod', BREAKWATER_LOG_RETENTION_DAYS: 'ninety', BREAKWATER_LOCK_ARCHIVE: 'yes' };

    expect(resolveParameters({ parameters, template, values })).toEqual({
      ok: false,
      problems: [
        'AZURE_LOCATION is not set',
        'AZURE_PRINCIPAL_ID is not set',
        'lockArchive is "yes", not of type bool',
        'logRetentionDays is "ninety", not of type int',
      ],
    });
  });
});

describe('what is foretold of a deployment', () => {
  const policy = (days: number, more: readonly unknown[] = []) => ({
    properties: {
      policy: {
        rules: [
          ...more,
          {
            name: 'payloads',
            definition: {
              actions: {
                baseBlob: {
                  tierToCool: { daysAfterModificationGreaterThan: days > 100 ? 30 : 10 },
                  delete: { daysAfterModificationGreaterThan: days },
                },
              },
            },
          },
        ],
      },
    },
  });
  const change = (before: unknown, after: unknown, changeType = 'Modify') => ({
    changes: [{ resourceId: '/the/policy', changeType, before, after, delta: [] }],
  });

  it('is a loss when payloads, logs or deleted blobs are kept for a shorter time', () => {
    expect(foreseenLosses(change(policy(2555), policy(365)))).toEqual([
      '/the/policy: /properties/policy/rules/payloads/definition/actions/baseBlob/delete/daysAfterModificationGreaterThan from 2555 to 365',
    ]);
    expect(
      foreseenLosses(change({ properties: { retentionInDays: 365 } }, { properties: { retentionInDays: 90 } })),
    ).toHaveLength(1);
  });

  it('is none when they are kept longer, cool sooner, or a rule stands elsewhere in the list', () => {
    expect(foreseenLosses(change(policy(365), policy(2555)))).toEqual([]);
    expect(foreseenLosses(change(policy(365), policy(365, [{ name: 'another', days: 1 }])))).toEqual([]);
    expect(foreseenLosses(change(policy(200), { ...policy(200) }, 'NoChange'))).toEqual([]);
  });

  it('is a loss when a resource is deleted', () => {
    expect(foreseenLosses(change({}, undefined, 'Delete'))).toEqual(['/the/policy would be deleted']);
  });

  it('is refused when it is something else', () => {
    expect(() => foreseenLosses({ error: 'x' })).toThrow(TypeError);
  });
});

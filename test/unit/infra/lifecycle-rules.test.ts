import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ofType, propertiesOf, snapshots } from './read-snapshots.js';

const days = z.record(z.string(), z.record(z.string(), z.number()));
const policySchema = z.object({
  policy: z.object({
    rules: z.array(
      z.object({
        name: z.string(),
        definition: z.object({
          filters: z.object({ blobTypes: z.array(z.string()), prefixMatch: z.array(z.string()).length(1) }),
          actions: z.object({ baseBlob: days.optional(), version: days.optional() }),
        }),
      }),
    ),
  }),
});

const rulesOf = (snapshot: string) => {
  const [policy] = ofType(snapshot, 'Microsoft.Storage/storageAccounts/managementPolicies');
  return policySchema.parse(propertiesOf(policy)).policy.rules.map(({ name, definition }) => ({
    name,
    prefix: definition.filters.prefixMatch[0] ?? '',
    ...definition.actions,
  }));
};

const deletedBy = (snapshot: string, blob: string): readonly string[] =>
  rulesOf(snapshot)
    .filter(({ baseBlob, prefix }) => baseBlob?.['delete'] !== undefined && blob.startsWith(prefix))
    .map(({ name }) => name);

describe('what waits in quarantine', () => {
  it.each([
    ['least', 7],
    ['most', 14],
  ])('is deleted later than the app gives it up: %s after %d days', (snapshot, days) => {
    const rule = rulesOf(snapshot).find(({ name }) => name === 'quarantine');

    expect(rule?.baseBlob?.['delete']?.['daysAfterModificationGreaterThan']).toBe(days);
  });
});

describe.each(snapshots.map(({ name }) => name))('lifecycle rules of %s', (snapshot) => {
  it('each name a container, or a folder in one, to its end', () => {
    for (const { prefix } of rulesOf(snapshot)) expect(prefix).toMatch(/^webhook-[a-z-]+\/([a-z-]+\/)?$/);
  });

  it('never delete what is owed: names of its records begin with a year', () => {
    for (const year of ['2026', '2099', '1999'])
      expect(deletedBy(snapshot, `webhook-outbox/${year}/01/31/23/an-id.json`)).toEqual([]);
    expect(deletedBy(snapshot, 'webhook-outbox/delivered/an-id.json')).toEqual(['outbox-delivered']);
  });

  it.each([
    ['webhook-payloads/github/2026/01/31/an-id.json', ['payloads']],
    ['webhook-payloads/delivered/2026/01/31/an-id.json', ['payloads']],
    ['webhook-dead-letters/2026/01/31/23/an-id.json', ['dead-letters']],
    ['webhook-quarantine/github/an-id.json', ['quarantine']],
    ['webhook-payloads/seen-bodies/2026-01-31/a-writer.bin', ['payloads', 'seen-bodies']],
    ['webhook-batches/2026/01/31/23/a-batch', []],
    ['webhook-outbox-of-another/an-id.json', []],
  ])('%s is deleted by %j', (blob, expected) => {
    expect(deletedBy(snapshot, blob)).toEqual(expected);
  });

  it('remember a late delivery longer than the eight days that are promised', () => {
    const rule = rulesOf(snapshot).find(({ name }) => name === 'outbox-delivered');

    expect(rule?.baseBlob?.['delete']?.['daysAfterModificationGreaterThan']).toBeGreaterThan(8);
  });

  it('leave versions of whatever they delete or the app overwrites for a while, and not for ever', () => {
    for (const container of [
      'webhook-payloads',
      'webhook-outbox',
      'webhook-dead-letters',
      'webhook-quarantine',
      'webhook-batches',
    ])
      expect(
        rulesOf(snapshot).some(
          ({ prefix, version }) => prefix === `${container}/` && version?.['delete'] !== undefined,
        ),
        container,
      ).toBe(true);
  });
});

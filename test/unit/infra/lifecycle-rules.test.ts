import { describe, expect, it } from 'vitest';
import { objectAt, readBicep } from './read-bicep.js';

const { text, resources } = readBicep('modules/archive-storage.bicep');
const lifecycle = resources.find(({ symbol }) => symbol === 'lifecycle')?.body ?? '';
const values = new Map(
  [...text.matchAll(/^var (\w+) = '([^']+)'$/gm)].map(([, name = '', value = '']) => [name, value]),
);
const filled = (written: string): string =>
  written.replaceAll(/\$\{(\w+)\}/g, (_whole, name: string) => values.get(name) ?? '?');

const deletesBlobs = (definition: string): boolean =>
  definition.includes('baseBlob: ') && objectAt(definition, definition.indexOf('baseBlob: ')).includes('delete: ');

const rules = [...lifecycle.matchAll(/name: '([\w-]+)'\s+type: 'Lifecycle'\s+definition: /g)].map(
  ({ 1: name = '', index, 0: start }) => {
    const definition = objectAt(lifecycle, index + start.length - 1);
    const prefix = filled(/prefixMatch: \['([^']+)'\]/.exec(definition)?.[1] ?? '');
    return { name, prefix, deletes: deletesBlobs(definition), definition };
  },
);

const deletedBy = (blob: string): readonly string[] =>
  rules.filter(({ deletes, prefix }) => deletes && blob.startsWith(prefix)).map(({ name }) => name);

describe('lifecycle rules', () => {
  it('are all read, and each names where it applies', () => {
    expect(rules).toHaveLength(lifecycle.split("type: 'Lifecycle'").length - 1);
    for (const { prefix } of rules) expect(prefix).toMatch(/^webhook-[a-z-]+\/([a-z-]+\/)?$/);
  });

  it('never delete what is owed: names of its records begin with a year', () => {
    for (const year of ['2026', '2099', '1999'])
      expect(deletedBy(`webhook-outbox/${year}/01/31/23/an-id.json`)).toEqual([]);
    expect(deletedBy('webhook-outbox/delivered/an-id.json')).toEqual(['outbox-delivered']);
  });

  it.each([
    ['webhook-payloads/github/2026/01/31/an-id.json', ['payloads']],
    ['webhook-payloads/delivered/2026/01/31/an-id.json', ['payloads']],
    ['webhook-dead-letters/2026/01/31/23/an-id.json', ['dead-letters']],
    ['webhook-quarantine/github/an-id.json', ['quarantine']],
    ['webhook-outbox-of-another/an-id.json', []],
  ])('%s is deleted by %j', (blob, expected) => {
    expect(deletedBy(blob)).toEqual(expected);
  });

  it('remember a late delivery longer than the eight days that are promised', () => {
    expect(Number(/^var rememberDays = (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(8);
  });

  it('leave versions of whatever they delete or the app overwrites for a while, and not for ever', () => {
    for (const container of ['webhook-payloads', 'webhook-outbox', 'webhook-dead-letters', 'webhook-quarantine'])
      expect(
        rules.some(({ prefix, definition }) => prefix === `${container}/` && /version: \{ delete:/.test(definition)),
        container,
      ).toBe(true);
  });
});

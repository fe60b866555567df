import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withProviderTable } from '../../../scripts/tables/provider-table.js';
import { builtInProviders } from '../../../src/providers/built-in.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/providers.md'), 'utf8');

const blockOf = (name: string): readonly string[] => {
  const [, block = ''] = new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n<!-- /${name} -->`).exec(page) ?? [];
  return block.split('\n').slice(2);
};

describe('docs/providers.md', () => {
  it('says of each provider what its description says', () => {
    expect(withProviderTable(page)).toBe(page);
    expect(blockOf('providers')).toHaveLength(builtInProviders.length);
  });

  it('says of each provider how its events are named and ordered', () => {
    const named = blockOf('events').map((row) => /^\| `([a-z-]+)`/.exec(row)?.[1]);

    expect(named).toEqual(builtInProviders.map(({ name }) => name));
  });
});

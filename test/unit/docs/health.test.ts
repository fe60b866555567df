import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultReasons } from '../../../src/faults/fault-reason.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/health.md'), 'utf8');

describe('health page', () => {
  it('has one row for each reason, as it stands in the code, and no other', () => {
    const rows = [...(page.split('## Reasons')[1] ?? '').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, reason]) => reason);

    expect(rows).toEqual([...faultReasons]);
  });
});

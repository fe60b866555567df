import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot, readBicep } from '../infra/read-bicep.js';

const page = readFileSync(join(projectRoot, 'docs/audit.md'), 'utf8');
const rows = [
  ...page.matchAll(/^\| (?<question>[^|]+\?[^|]*) \| `(?<query>[\w-]+\.kql)`(?<workbook> \(workbook\))? \|$/gm),
];

describe('the audit page', () => {
  it('has a question for every query of auditors, and a query for every question', () => {
    const queries = globSync('infra/queries/audit-*.kql', { cwd: projectRoot }).map((path) => basename(path));

    expect(rows.map(({ groups }) => groups?.['query']).toSorted()).toEqual(queries.toSorted());
  });

  it('says which of them the workbook shows', () => {
    const { text } = readBicep('modules/workbook.bicep');

    for (const { groups } of rows) {
      expect(text.includes(groups?.['query'] ?? ''), groups?.['query']).toBe(groups?.['workbook'] !== undefined);
    }
  });

  it('states how long the trail is kept unless it is set, and it is long enough', () => {
    const days = Number(/param logRetentionDays int = (\d+)/.exec(readBicep('main.bicep').text)?.[1]);

    expect(days).toBeGreaterThanOrEqual(90);
    expect(page.replaceAll('\n', ' ')).toContain(`after ${days} days`);
  });

  it('may promise that sampling drops no line of the log', () => {
    const host: unknown = JSON.parse(readFileSync(join(projectRoot, 'host.json'), 'utf8'));

    expect(host).toMatchObject({
      logging: { applicationInsights: { samplingSettings: { excludedTypes: expect.stringContaining('Trace') } } },
    });
  });
});

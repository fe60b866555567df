import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { readBicep } from '../infra/read-bicep.js';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');

const tableOf = (marker: string): string =>
  new RegExp(`<!-- ${marker} -->([\\s\\S]*)<!-- /${marker} -->`).exec(page)?.[1] ?? '';

const firstCells = (table: string): readonly string[] =>
  [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );

const alertRules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string() })) })),
});

const packageScripts = z.object({ scripts: z.record(z.string(), z.string()) });

describe('operations page', () => {
  it('says what to do about every alarm of the deployment, and about no other', () => {
    const { text } = readBicep('modules/alerts.bicep');
    const alarms = [...text.matchAll(/^ {4,8}name: '([a-z0-9-]+)'/gm)].map(([, name = '']) => name);

    expect(firstCells(tableOf('alarms')).toSorted()).toEqual(alarms.toSorted());
  });

  it('says what to do about every rule for Prometheus, and about no other', () => {
    const { groups } = alertRules.parse(parse(readFileSync(join(root, 'infra/prometheus/alerts.yml'), 'utf8')));
    const rules = groups.flatMap((group) => group.rules.map(({ alert }) => alert));

    expect(firstCells(tableOf('prometheus')).toSorted()).toEqual(rules.toSorted());
  });

  it('explains every table and chart of the workbook', () => {
    const titles = [...readFileSync(join(root, 'infra/workbook.json'), 'utf8').matchAll(/"title": "([^"(]+)/g)];

    expect(titles.map(([, title = '']) => title.trim()).filter((title) => !page.includes(title))).toEqual([]);
  });

  it('names only commands, queries and pages that exist', () => {
    const { scripts } = packageScripts.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    const commands = [...page.matchAll(/npm run ([\w-]+)/g)].map(([, name = '']) => name);
    const queries = [...page.matchAll(/`([\w-]+\.kql)`/g)].map(([, name = '']) => join('infra/queries', name));
    const pages = [...page.matchAll(/\]\(([\w./-]+)\)/g)].map(([, target = '']) => join('docs', target));

    expect(commands.filter((name) => scripts[name] === undefined)).toEqual([]);
    expect([...queries, ...pages].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

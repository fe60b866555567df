import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEmittedLevels, readEmittedLines } from '../infra/emitted-lines.js';
import { projectRoot } from '../infra/read-bicep.js';

const page = readFileSync(join(projectRoot, 'docs/logs.md'), 'utf8');
const emitted = await readEmittedLines();
const levels = await readEmittedLevels();

const namesIn = (text: string): readonly string[] => [...text.matchAll(/`([\w.-]+)`/g)].map(([, name = '']) => name);

interface Row {
  readonly event: string;
  readonly levels: readonly string[];
  readonly fields: readonly string[];
}

const rows: readonly Row[] = [
  ...page.matchAll(/^\| `(?<event>[\w.-]+)` \| (?<levels>[\w, ]+) \| .*? \| (?<fields>[^|]*)\|$/gm),
].map(({ groups: { event = '', levels: stated = '', fields = '' } = {} }) => ({
  event,
  levels: stated.split(', '),
  fields: namesIn(fields),
}));

/** `as webhook.accepted` stands for the fields of that row. */
const fieldsOf = ({ fields }: Row): readonly string[] =>
  rows.find(({ event }) => event === fields[0])?.fields ?? fields;

describe('the page of the log', () => {
  it('has one row for each event that the code writes, and no other', () => {
    expect(rows.map(({ event }) => event)).toEqual([...emitted.keys()].toSorted());
  });

  it.each(rows)('$event has the levels of the code', ({ event, levels: stated }) => {
    expect(stated.toSorted()).toEqual([...(levels.get(event) ?? [])].toSorted());
  });

  it.each(rows)('$event has the fields of the code', (row) => {
    const written = [...(emitted.get(row.event) ?? [])].filter((field) => !['event', 'correlationId'].includes(field));

    expect(fieldsOf(row).toSorted()).toEqual(written.toSorted());
  });
});

import type { HeaderEdit } from '../plan/fuzz-plan.js';

/** Header lines in their order, values as Latin-1. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

type Line = HeaderLines[number];

const editLine = ([name, value]: Line, edit: Exclude<HeaderEdit, { kind: 'add' }>): HeaderLines => {
  switch (edit.kind) {
    case 'drop':
      return [];
    case 'repeat':
      return [
        [name, value],
        [name, value],
      ];
    case 'set':
      return [[name, edit.value]];
    case 'splice': {
      const where = Math.floor(edit.where * value.length);
      return [[name, `${value.slice(0, where)}${edit.insert}${value.slice(where)}`]];
    }
  }
};

const applyEdit = (lines: HeaderLines, edit: HeaderEdit): HeaderLines => {
  if (edit.kind === 'add') return [...lines, [edit.name, edit.value]];
  const at = edit.at % Math.max(1, lines.length);
  return lines.flatMap((line, index) => (index === at ? editLine(line, edit) : [line]));
};

/** The lines after every change, one after the other. */
export const editHeaders = (lines: HeaderLines, edits: readonly HeaderEdit[]): HeaderLines =>
  edits.reduce(applyEdit, lines);

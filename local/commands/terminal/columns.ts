import { stripVTControlCharacters } from 'node:util';

/** A cell: text is set flush left, a number flush right. */
export type Cell = string | number;

const widthOf = (cell: Cell): number => stripVTControlCharacters(String(cell)).length;

const pad = (cell: Cell, width: number): string => {
  const gap = ' '.repeat(Math.max(0, width - widthOf(cell)));
  return typeof cell === 'number' ? `${gap}${cell}` : `${cell}${gap}`;
};

/** Lines whose columns stand below each other, two spaces apart; escape sequences of colours take no width. */
export const alignColumns = (rows: readonly (readonly Cell[])[]): readonly string[] => {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    });
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** One line of a part's table: a column name to a figure, or to a text that says what was measured. */
export type Row = Readonly<Record<string, string | number>>;

/** A figure of ours against its alternative or against a bound, and whether it keeps the limit. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly bound: 'at most' | 'at least';
  readonly met: boolean;
}

type Claim = { readonly name: string; readonly value: number } & (
  | { readonly atMost: number }
  | { readonly atLeast: number }
);

/** Judges a figure; one that is no number keeps no limit. */
export const ratio = (claim: Claim): Ratio => {
  const { name, value } = claim;
  return 'atMost' in claim
    ? { name, value, limit: claim.atMost, bound: 'at most', met: value <= claim.atMost }
    : { name, value, limit: claim.atLeast, bound: 'at least', met: value >= claim.atLeast };
};

export interface PartReport {
  /** The part's name: its folder's. */
  readonly part: string;
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
}

const reportFolder = join(import.meta.dirname, '../../../.local/bench');

/** Four significant digits are more than this machine repeats. */
const cell = (value: string | number | undefined): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(4))) : (value ?? '');

/** A Markdown table of rows; its columns are those that any row has. */
export const table = (rows: readonly Row[]): string => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((column) => cell(row[column])));
  return [columns, columns.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
};

const machine = (): string => {
  const { length, 0: first } = cpus();
  return `${length} x ${first?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB`;
};

/** Prints a part's tables and writes `.local/bench/<part>.json`. A limit that is not kept makes the process end with 1. */
export const reportPart = ({ part, rows, ratios }: PartReport): void => {
  const facts = { date: new Date().toISOString(), node: process.version, machine: machine() };
  const limits = ratios.map(({ name, value, limit, bound, met }) => ({
    target: name,
    measured: value,
    limit: `${bound} ${limit}`,
    met: met ? 'yes' : 'NO',
  }));
  console.log(`\n${table(rows)}\n`);
  if (limits.length > 0) console.log(`${table(limits)}\n`);
  mkdirSync(reportFolder, { recursive: true });
  writeFileSync(
    join(reportFolder, `${part}.json`),
    `${JSON.stringify({ part, ...facts, rows, ratios }, undefined, 2)}\n`,
  );
  if (!ratios.every(({ met }) => met)) process.exitCode = 1;
};

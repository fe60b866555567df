import type { FileProblem } from './problem.js';

/** Where a JSON text stops being JSON, both counted from 1. */
export interface SyntaxPosition {
  readonly line: number;
  readonly column: number;
}

const token =
  /[\t\n\r ]*(?:([{}[\],:])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

type Expecting = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

const afterValue = (open: readonly string[]): Expecting => (open.length === 0 ? 'nothing' : 'comma-or-end');

const closes = (mark: string, open: readonly string[], expecting: Expecting): boolean => {
  const ending = expecting === 'comma-or-end' || expecting === (mark === '}' ? 'key-or-end' : 'value-or-end');
  return ending && open.at(-1) === (mark === '}' ? '{' : '[');
};

const next = (mark: string, open: string[], expecting: Expecting): Expecting | undefined => {
  const wantsValue = expecting === 'value' || expecting === 'value-or-end';
  if (mark === '{' || mark === '[') {
    if (!wantsValue) return undefined;
    open.push(mark);
    return mark === '{' ? 'key-or-end' : 'value-or-end';
  }
  if (mark === '}' || mark === ']') {
    if (!closes(mark, open, expecting)) return undefined;
    open.pop();
    return afterValue(open);
  }
  if (mark === ':') return expecting === 'colon' ? 'value' : undefined;
  if (mark === ',') return expecting !== 'comma-or-end' ? undefined : open.at(-1) === '{' ? 'key' : 'value';
  if (wantsValue) return afterValue(open);
  return mark.startsWith('"') && (expecting === 'key' || expecting === 'key-or-end') ? 'colon' : undefined;
};

const positionAt = (text: string, offset: number): SyntaxPosition => {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
};

/** The place of the first syntax error in `text`, which `JSON.parse` rejected; its own messages do not always say. */
const syntaxErrorPosition = (text: string): SyntaxPosition => {
  const open: string[] = [];
  const pattern = new RegExp(token);
  let expecting: Expecting = 'value';
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const mark = match[1] ?? match[2] ?? match[3] ?? '';
    const following = next(mark, open, expecting);
    if (following === undefined) return positionAt(text, pattern.lastIndex - mark.length);
    expecting = following;
    end = pattern.lastIndex;
  }
  const gap = /^[\t\n\r ]*/.exec(text.slice(end))?.[0].length ?? 0;
  return positionAt(text, end + gap);
};

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: FileProblem };

/** The JSON of a configuration file, or where it stops being JSON. A byte order mark is skipped. */
export const parseJson = (text: string): ParsedJson => {
  const json = text.replace(/^\uFEFF/, '');
  try {
    return { ok: true, value: JSON.parse(json) };
  } catch {
    const { line, column } = syntaxErrorPosition(json);
    const what = `is not JSON at line ${line}, column ${column}`;
    return { ok: false, problem: { path: '', what, expected: 'JSON, without comments or trailing commas' } };
  }
};

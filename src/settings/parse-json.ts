import { syntaxErrorPosition } from './json-syntax.js';
import type { FileProblem } from './problem.js';

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

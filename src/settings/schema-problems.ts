import type { z } from 'zod/mini';
import type { FileProblem } from './problem.js';

const pathOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

const valueAt = (json: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    json,
  );

const whatIs = (value: unknown): string => {
  if (value === undefined) return 'is missing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `is ${text.slice(0, 80)}…` : `is ${text}`;
};

/** Turns a schema's issues into problems; a schema's `error` text is what was expected. */
export const schemaProblems = (issues: readonly z.core.$ZodIssue[], json: unknown): readonly FileProblem[] =>
  issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [{ path: pathOf(issue.path), what: whatIs(valueAt(json, issue.path)), expected: issue.message }];
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key]),
      what: 'is not known',
      expected: `nothing of that name; ${issue.message}`,
    }));
  });

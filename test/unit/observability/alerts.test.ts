import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { familyOf, selectorsIn, unknownIn } from './metrics-in-expression.js';

const text = readFileSync(join(import.meta.dirname, '../../../infra/prometheus/alerts.yml'), 'utf8');

interface Line {
  readonly depth: number;
  readonly key: string;
  readonly value: string;
}

const scalar = (text: string): string => {
  const quoted = /^'((?:[^']|'')*)'$/.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  if (/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(text)) return text;
  throw new Error(`Neither a plain word nor a text in single quotes: ${text}`);
};

/** A list item's dash is as deep as its keys: `- name: x` at 2 is `name: x` at 4, and begins a new item. */
const linesOf = (yaml: string): readonly (Line & { readonly item: boolean })[] =>
  yaml
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^( *)(- )?([a-z]+):(?: (.+))?$/.exec(line);
      if (match === null) throw new Error(`Not a line that this file may have: ${line}`);
      const [, indent = '', dash, key = '', value] = match;
      const depth = indent.length + (dash === undefined ? 0 : 2);
      return { depth, item: dash !== undefined, key, value: value === undefined ? '' : scalar(value) };
    });

type Tree = { [key: string]: string | Tree | Tree[] };

/** The strict part of YAML that the rules are written in: block mappings and lists, words and single quotes. Throws on the rest. */
const parseRules = (yaml: string): Tree => {
  const lines = linesOf(yaml);
  let next = 0;
  const parseMapping = (depth: number): Tree => {
    const mapping: Tree = {};
    for (let line = lines[next]; line !== undefined && line.depth === depth; line = lines[next]) {
      if (line.key in mapping) {
        if (line.item) return mapping;
        throw new Error(`Twice in one mapping: ${line.key}`);
      }
      next += 1;
      mapping[line.key] = line.value === '' ? parseNested(depth) : line.value;
    }
    return mapping;
  };
  const parseNested = (depth: number): Tree | Tree[] => {
    const first = lines[next];
    if (first === undefined || first.depth <= depth) throw new Error('A key without a value');
    if (!first.item) return parseMapping(first.depth);
    const items: Tree[] = [];
    while (lines[next]?.item === true && lines[next]?.depth === first.depth) items.push(parseMapping(first.depth));
    return items;
  };
  const tree = parseMapping(0);
  if (next !== lines.length) throw new Error(`Indented wrongly: ${lines[next]?.key}`);
  return tree;
};

const ruleSchema = z.strictObject({
  alert: z.string().regex(/^Breakwater[A-Za-z]+$/),
  expr: z.string().min(1),
  for: z
    .string()
    .regex(/^\d+[smh]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['info', 'warning', 'critical']) }),
  annotations: z.strictObject({ summary: z.string().min(1), description: z.string().min(1) }),
});

const rulesFileSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(ruleSchema).min(1) })),
});

const { groups } = rulesFileSchema.parse(parseRules(text));
const rules = groups.flatMap((group) => group.rules);

const isBalanced = (expr: string): boolean => {
  const open: string[] = [];
  const closing: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  for (const sign of expr.replaceAll(/"[^"]*"/g, '')) {
    if ('([{'.includes(sign)) open.push(sign);
    if (sign in closing && open.pop() !== closing[sign]) return false;
  }
  return open.length === 0;
};

describe('alerting rules', () => {
  it.each(rules)('$alert names only metrics, labels and label values that exist', ({ expr }) => {
    expect(selectorsIn(expr).length).toBeGreaterThan(0);
    expect(unknownIn(expr)).toEqual([]);
  });

  it.each(rules)('$alert aggregates by labels that its metrics have, and explains itself by those', (rule) => {
    const by = [...rule.expr.matchAll(/by \(([^)]+)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
    const labels = selectorsIn(rule.expr).flatMap(({ name }) => Object.keys(familyOf(name)?.labels ?? {}));
    const { summary, description } = rule.annotations;
    const explained = [...`${summary} ${description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);

    expect(by.filter((label) => label !== 'le' && !labels.includes(label))).toEqual([]);
    expect(explained.filter((label) => !by.includes(label))).toEqual([]);
  });

  it.each(rules)('$alert looks at counters through rate or increase, and closes what it opens', ({ expr }) => {
    const counters = selectorsIn(expr).filter(({ name }) => /_(total|bucket)$/.test(name));

    expect(expr.match(/\b(rate|increase)\(/g) ?? []).toHaveLength(counters.length);
    expect(isBalanced(expr)).toBe(true);
  });

  it('each has a name of its own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it('there is one for trips, for an open breaker, for refused webhooks and for failed authentication', () => {
    expect(rules.map(({ alert }) => alert)).toEqual(
      expect.arrayContaining([
        'BreakwaterCircuitBreakerTripped',
        'BreakwaterCircuitBreakerOpen',
        'BreakwaterWebhooksUnavailable',
        'BreakwaterAuthenticationFailures',
      ]),
    );
  });

  it.each([
    ['a tab', 'groups:\n\t- name: x'],
    ['a bare text', 'groups: a text'],
    ['a repeated key', 'groups: x\ngroups: y'],
    ['a key without a value', 'groups:'],
    ['wrong indentation', 'groups: x\n    rules: y'],
  ])('its reader is strict: %s is no rules file', (_case, yaml) => {
    expect(() => parseRules(yaml)).toThrow();
  });
});

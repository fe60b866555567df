import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages, projectRoot } from './pages.js';

/** Correct, and foreign: what nobody would say aloud, with what is said instead. */
const stiff = [
  { form: /\bfor (the|a|its) \w+(['’]s)? sake\b|['’]s sake\b/i, instead: 'because … fails' },
  { form: /\b(has|have) not (the|its|their)\b/i, instead: 'does not have the …' },
  { form: /(?<!there )\b(is|are) no (moment|fault|health report)\b/i, instead: 'is not a …' },
  { form: /\blet by\b/i, instead: 'is allowed' },
  { form: /\bto be had\b|\b(can|could) be had\b/i, instead: 'is available' },
  { form: /\bnone of ours\b/i, instead: 'not ours' },
  { form: /\bwhosever\b|\bwherefore\b|\bthereof\b|\bhitherto\b/i, instead: 'a modern word' },
  { form: /\bso many at most\b/i, instead: 'at most so many' },
  { form: /\bas ever\b/i, instead: 'as usual' },
  { form: /\bon account of\b/i, instead: 'because of' },
] as const;

/** Of what a person reads in code: comments and texts, as they stand there. A sentence may go on on the next line. */
const joined = (text: string): string => text.replaceAll(/\n\s*(\*|\/\/)? ?/g, ' ');

const files = [
  ...pages.filter(({ path }) => path !== 'CHANGELOG.md'),
  ...globSync('{src,functions,local,scripts,console,examples}/**/*.{ts,html}', {
    cwd: projectRoot,
    exclude: (path) => path.endsWith('node_modules'),
  }).map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') })),
].map(({ path, text }) => ({ path, text: joined(text) }));

describe('what people read', () => {
  it.each(stiff)('has no "$form": say "$instead"', ({ form }) => {
    const found = files.flatMap(({ path, text }) => {
      const at = text.search(form);
      return at < 0 ? [] : [`${path}: …${text.slice(Math.max(0, at - 40), at + 40)}…`];
    });

    expect(found).toEqual([]);
  });
});

/** Names that once had several meanings; where each is declared now. */
const declaredIn = {
  QueueFault: 'src/routing/route-event.ts',
  FailureReason: 'src/ingest/outcome.ts',
  Pace: 'src/outbox/drain/pace.ts',
  OwedCopy: 'src/outbox/record/outbox-record.ts',
} as const;

const declarations = (name: string): readonly string[] =>
  globSync('{src,functions,local}/**/*.ts', { cwd: projectRoot })
    .filter((path) =>
      new RegExp(`^(export )?(class|interface|type|const) ${name}\\b`, 'm').test(
        readFileSync(join(projectRoot, path), 'utf8'),
      ),
    )
    .toSorted();

describe('a name', () => {
  it.each(Object.entries(declaredIn))('%s has one meaning', (name, path) => {
    expect(declarations(name)).toEqual([path]);
  });

  it.each(['OwedDelivery', 'UndeliveredCopy', 'OutstandingCopy', 'settle'])('%s has none any more', (name) => {
    expect(declarations(name)).toEqual([]);
  });
});

import { optionTable } from '../src/circuit-breaker/circuit-breaker-options.js';
import { breakerPresets, defaultBreakerOptions } from '../src/circuit-breaker/presets.js';

const defaults: ReadonlyMap<string, number> = new Map(Object.entries(defaultBreakerOptions));

/** The comment above each field, by the field's name. */
const meaningsIn = (source: string): ReadonlyMap<string, string> =>
  new Map(
    [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*readonly (\w+)\??:/g)].map(
      ([, comment = '', field = '']) => [field, comment.replace(/\s*\n\s*\*\s?/g, ' ').trim()],
    ),
  );

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const optionRows = (source: string): string => {
  const meanings = meaningsIn(source);
  const rows = Object.entries(optionTable).map(([field, { unit, unset = '', expected }]) => [
    `\`${field}\``,
    unit,
    String(defaults.get(field) ?? unset),
    expected,
    meanings.get(field) ?? '',
  ]);
  return table(['option', 'unit', 'unless set', 'may be', 'meaning'], rows);
};

const presetRows = (): string =>
  table(
    ['preset', 'what it changes of the defaults'],
    Object.entries(breakerPresets).map(([name, options]) => [
      `\`${name}\``,
      Object.entries(options)
        .map(([field, value]) => `\`${field}\` ${value}`)
        .join(', ') || 'nothing: the numbers of REQ-009',
    ]),
  );

const between = (page: string, name: string, text: string): string =>
  page.replace(
    new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
    (_all, start: string, end: string) => `${start}${text}\n${end}`,
  );

/**
 * `docs/circuit-breaker.md` with its tables as they follow from the code: unit, default and bounds from the option table, the meaning
 * from the comment above each field in `source`, which is the text of `circuit-breaker-options.ts`.
 */
export const withBreakerTables = (page: string, source: string): string =>
  between(between(page, 'options', optionRows(source)), 'presets', presetRows());

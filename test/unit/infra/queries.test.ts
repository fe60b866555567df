import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { httpEndpoints } from '../../../src/composition/endpoints.js';
import { timerEndpoints } from '../../../src/composition/timer-endpoints.js';
import { createMemoryApp } from '../../support/memory-app.js';
import { readEmittedLines } from './emitted-lines.js';
import { analyse, tables } from './kusto.js';
import { infraFolder, readBicep, readJson } from './read-bicep.js';
import { queriesOf } from './read-snapshots.js';

const folder = join(infraFolder, 'queries');
const queries = globSync('*.kql', { cwd: folder })
  .sort()
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '') }));
const emitted = await readEmittedLines();

/** What telemetry is told as metrics, by an app that takes one webhook: their names, and by what they can be split. */
const readTelemetryMetrics = async (): Promise<ReadonlyMap<string, readonly string[]>> => {
  const memory = createMemoryApp();
  await memory.github('issues', { action: 'opened' });
  return new Map(memory.telemetry.metrics().map(({ name, dimensions }) => [name, Object.keys(dimensions)]));
};

const dimensions = await readTelemetryMetrics();
const metricNames = [...dimensions.keys()];

const tablesIn = (text: string): readonly string[] => [...new Set(text.match(/\bApp[A-Z][a-z]+s\b/g))];

/** `"event":"webhook.` names every event that begins so; a whole name stands alone. */
const eventsIn = (text: string): readonly string[] => {
  const quoted = [...text.matchAll(/'([a-z-]+\.[a-z-]+)'/g)].map(([, name = '']) => name);
  const prefixes = [...text.matchAll(/startswith '\{"event":"([a-z.-]*)("?)'/g)].flatMap(([, start = '', end]) =>
    [...emitted.keys()].filter((event) => (end === '"' ? event === start : event.startsWith(start))),
  );
  return [...new Set([...quoted, ...prefixes])];
};

const fieldsIn = (text: string): readonly string[] => [
  ...new Set(
    [...text.matchAll(/\bLine(?:\.(\w+)|\['(\w+)'\])/g)].map(([, field = '', quoted = '']) => field || quoted),
  ),
];

describe('queries', () => {
  // The parser's first query takes as long as all the others together.
  beforeAll(() => void analyse('AppTraces | take 1'));

  it.each(queries)('$name names only events that the code writes', ({ text }) => {
    const prefixes = [...text.matchAll(/startswith '\{"event":"([a-z.-]+)/g)].map(([, start = '']) => start);
    const named = [...text.matchAll(/'([a-z-]+\.[a-z-]+)'/g)].map(([, name = '']) => name);

    expect(named.filter((event) => !emitted.has(event))).toEqual([]);
    for (const start of prefixes)
      expect(
        [...emitted.keys()].some((event) => event.startsWith(start)),
        start,
      ).toBe(true);
    expect(tablesIn(text)).not.toEqual([]);
  });

  it.each(queries)('$name reads only fields that lines of those events have', ({ text }) => {
    const events = eventsIn(text);
    const known = new Set(events.flatMap((event) => [...(emitted.get(event) ?? [])]));

    expect(fieldsIn(text).filter((field) => !known.has(field))).toEqual([]);
  });

  it.each(queries)('$name is taken by the parser of Kusto, with the tables and columns it names', ({ text }) => {
    expect(analyse(text).problems).toEqual([]);
    expect(tablesIn(text).filter((table) => tables[table] === undefined)).toEqual([]);
  });

  it('of alarms and workbook are taken by it, also behind what they begin with in a workspace of others', () => {
    expect(queriesOf('existing-workspace').flatMap((query) => analyse(query).problems)).toEqual([]);
  });

  it('that name a column, a function or a keyword wrongly are seen by that parser', () => {
    expect(analyse('AppTraces | where Mesage == 1').problems).toHaveLength(1);
    expect(analyse('AppTraces | summarize coun()').problems).toHaveLength(1);
    expect(analyse('AppTraces | extend L = parse_json(Message) | project tostring(L.to)').problems).not.toEqual([]);
  });

  it.each(queries)('$name looks for functions and metrics that exist', ({ text }) => {
    const names = [...text.matchAll(/\bName == '(\w+)'/g)].map(([, name = '']) => name);
    const functions = names.filter((name) => !metricNames.includes(name));

    expect(
      functions.filter((name) => ![...httpEndpoints, ...timerEndpoints].some((endpoint) => endpoint.name === name)),
    ).toEqual([]);
  });

  it.each(queries)('$name splits a metric only by what telemetry tells of it', ({ text }) => {
    const split = [...text.matchAll(/\bProperties\.(\w+)/g)].map(([, name = '']) => name);
    const [metric = ''] = metricNames.filter((name) => text.includes(`Name == '${name}'`));

    expect(split.filter((name) => !dimensions.get(metric)?.includes(name))).toEqual([]);
  });

  it('finds the fields that it guards', () => {
    expect(emitted.get('breaker.opened')).toEqual(new Set(['event', 'breaker', 'from', 'to', 'reason', 'lastFailure']));
    expect(emitted.get('secret.refused')).toEqual(new Set(['event', 'secret', 'version', 'reason']));
    expect(emitted.get('outbox.dead-lettered')).toEqual(
      new Set(['event', 'correlationId', 'id', 'type', 'provider', 'bots', 'reason']),
    );
  });
});

describe('categories', () => {
  it.each(queries)('$name reads a line whether its invocation wrote it or the console', ({ text }) => {
    expect(text).not.toMatch(/Category|SeverityLevel|OperationName ==/);
  });

  it('the rule of unavailable webhooks counts what the app itself answered: nobody raises it by what the host refuses', () => {
    const { text = '' } = queries.find(({ name }) => name === 'alert-webhooks-unavailable.kql') ?? {};

    expect(tablesIn(text)).toEqual(['AppTraces']);
    expect(eventsIn(text.slice(text.indexOf('in (')))).toEqual([
      'webhook.accepted',
      'webhook.deferred',
      'webhook.batch-stored',
      'webhook.unavailable',
    ]);
  });
});

describe('alert rules', () => {
  const { text } = readBicep('modules/alerts.bicep');
  const rules = [
    ...text.matchAll(/loadTextContent\('\.\.\/queries\/([\w-]+\.kql)'\)[^{}]*?dimensions: \[([^\]]*)\]/g),
  ].map(([, file = '', dimensions = '']) => ({ file, dimensions: dimensions.match(/\w+/g) ?? [] }));

  it('there is one for each alert query, and for each of these alarms', () => {
    const alertQueries = queries.map(({ name }) => name).filter((name) => name.startsWith('alert-'));

    expect(rules.map(({ file }) => file).toSorted()).toEqual(alertQueries);
    expect(alertQueries).toEqual(
      expect.arrayContaining([
        'alert-breaker-opened.kql',
        'alert-breaker-open-for-5-minutes.kql',
        'alert-webhooks-unavailable.kql',
        'alert-signatures-refused.kql',
        'alert-outbox-stuck.kql',
        'alert-no-traffic.kql',
      ]),
    );
    expect(text).toContain("metric: 'DeadletteredMessages'");
  });

  it.each(rules)('$file gives the columns that the alarm is split by', ({ file, dimensions }) => {
    const query = queries.find(({ name }) => name === file)?.text ?? '';

    expect(analyse(query).columns).toEqual(expect.arrayContaining(dimensions));
  });

  it('of single events judge a line when it has come in, however late, and miss none between two runs', () => {
    const minutesOf = (duration: string): number => (duration.endsWith('H') ? 60 : 1) * Number(duration.slice(2, -1));
    const times = new Map(
      [...text.matchAll(/queries\/([\w-]+\.kql)'\)\s+severity: \d\s+frequency: '(\w+)'\s+window: '(\w+)'/g)].map(
        ([, file = '', frequency = '', window = '']) => [file, [minutesOf(frequency), minutesOf(window)] as const],
      ),
    );
    const single = queries.filter(({ text: query }) => query.includes('ingestion_time()'));

    expect(single.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['alert-breaker-opened.kql', 'alert-dead-lettered.kql', 'alert-internal-errors.kql']),
    );
    for (const { name, text: query } of single) {
      const [everyMinutes = 0, windowMinutes = 0] = times.get(name) ?? [];
      const judged = Number(/ingestion_time\(\) > ago\((\d+)m\)/.exec(query)?.[1]);
      expect(judged, name).toBe(everyMinutes + 1);
      expect(windowMinutes, name).toBe(60);
    }
    for (const [file, [everyMinutes, windowMinutes]] of times) {
      expect(windowMinutes, file).toBeGreaterThanOrEqual(2 * everyMinutes);
    }
  });

  it('each has a name of its own', () => {
    const names = [...text.matchAll(/^ {4,8}name: '([a-z0-9-]+)'/gm)].map(([, name]) => name);

    expect(names.length).toBeGreaterThan(rules.length);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the workbook', () => {
  const workbook = z
    .object({
      items: z.array(
        z.discriminatedUnion('type', [
          z.object({ type: z.literal(1), content: z.object({ json: z.string() }), name: z.string() }),
          z.object({
            type: z.literal(3),
            content: z.object({ query: z.string(), title: z.string() }),
            name: z.string(),
          }),
          z.object({ type: z.literal(9), content: z.object({ parameters: z.array(z.unknown()) }), name: z.string() }),
        ]),
      ),
    })
    .parse(readJson('infra/workbook.json'));
  const { text } = readBicep('modules/workbook.bicep');

  it('shows queries of the folder, each of which its module puts in place', () => {
    const shown = workbook.items.flatMap((item) => (item.type === 3 ? [item.content.query] : []));
    const loaded = [...text.matchAll(/'([\w-]+\.kql)': loadTextContent\('\.\.\/queries\/\1'\)/g)].map(
      ([, file]) => file,
    );

    expect(loaded.toSorted()).toEqual(shown.toSorted());
    expect(shown.filter((file) => !queries.some(({ name }) => name === file))).toEqual([]);
  });

  it('each part has a name of its own', () => {
    const names = workbook.items.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
  });

  it('has every query that is no alert, but those that only an auditor asks', () => {
    const rest = queries.map(({ name }) => name).filter((name) => !name.startsWith('alert-') && !text.includes(name));

    expect(rest).toEqual([
      'audit-breaker-commands.kql',
      'audit-deliveries.kql',
      'audit-delivery.kql',
      'audit-replays.kql',
    ]);
  });
});

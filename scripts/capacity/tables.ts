import { type Deployment, firstLimit, limitsOf, play } from './model.js';

const usual: Deployment = { botsPerEvent: 3, namespaces: 1, accounts: 1, instances: 40 };
const number = (value: number): string => value.toLocaleString('en-US');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const byBots = (): string =>
  table(
    [
      'bots per event',
      'Service Bus Standard, 1 namespace',
      '4 namespaces',
      'one storage account',
      '40 instances',
      'Application Insights',
      'throttled first',
    ],
    [1, 3, 5, 10, 30].map((botsPerEvent) => {
      const one = limitsOf({ ...usual, botsPerEvent });
      const four = limitsOf({ ...usual, botsPerEvent, namespaces: 4 });
      const { name } = firstLimit({ ...usual, botsPerEvent });
      const figures = [one['service-bus'], four['service-bus'], one['blob-storage'], one.instances, one.telemetry];
      return [String(botsPerEvent), ...figures.map(number), name];
    }),
  );

const hour = 3_600;
const loads = [
  { what: 'steady', stretches: [{ seconds: hour, rate: 100 }] },
  { what: 'burst of a minute', stretches: [{ seconds: 60, rate: 1_000 }] },
  { what: 'busy hour', stretches: [{ seconds: hour, rate: 250 }] },
] as const;

const byLoad = (): string =>
  table(
    ['load', 'webhooks/s', 'namespaces', 'routed at once', 'deferred', 'most owed', 'caught up after, s', 'refused'],
    loads.flatMap(({ what, stretches }) =>
      [1, 2, 4].map((namespaces) => {
        const played = play({ ...usual, namespaces }, stretches);
        const rate = stretches[0].rate;
        const { routed, deferred, mostOwed, caughtUpAfter, refused } = played;
        return [what, ...[rate, namespaces, routed, deferred, mostOwed, caughtUpAfter, refused].map(number)];
      }),
    ),
  );

/** The tables of docs/capacity.md by the names of their marks. */
export const capacityTables = (): Readonly<Record<'limits' | 'loads', string>> => ({
  limits: byBots(),
  loads: byLoad(),
});

/** The page with its tables as the model gives them. */
export const withCapacityTables = (page: string): string =>
  Object.entries(capacityTables()).reduce(
    (text, [name, rows]) =>
      text.replace(
        new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- /${name} -->`),
        `<!-- ${name} -->\n${rows}\n<!-- /${name} -->`,
      ),
    page,
  );

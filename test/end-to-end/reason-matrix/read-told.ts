import { z } from 'zod';
import type { Told } from './play-row.js';
import { type PageText, showOnPage } from './text-document.js';

/** What is said of one trouble, each place in its own words but without times and counts. */
export interface Said {
  /** Of the whole app. */
  readonly status: string;
  /** Name and message of each check that is not well. */
  readonly health: readonly string[];
  readonly log: readonly string[];
  readonly metric: readonly string[];
  /** The card of its breaker. */
  readonly page: readonly string[];
  /** Checks that have no notice on the page with their message and what to do. */
  readonly unnoticed: readonly unknown[];
}

const healthSchema = z.object({
  status: z.string(),
  checks: z.record(z.string(), z.object({ healthy: z.boolean(), message: z.string(), action: z.string().optional() })),
});

const lineSchema = z.object({
  event: z.string(),
  breaker: z.string().optional(),
  lastFailure: z.string().optional(),
  reasons: z.array(z.string()).optional(),
  secret: z.string().optional(),
  id: z.string().optional(),
});

const withoutTimes = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…').replaceAll(/\d+ wait/g, '… wait');

/** A queue's own trouble is in its own check; the vault's is in those of the secrets too. */
const ownChecks: Readonly<Record<Told['row']['of'], RegExp>> = {
  'blob-storage': /^blob_storage_/,
  'service-bus': /^service_bus_/,
  'key-vault': /^key_vault_|_secret$/,
  'queue:bot-notifier': /^queue:bot-notifier$/,
};

/** Where a whole service has no fault, and what is in it has one. */
const checksOfParts = /^queue:bot-notifier$|^archive_backlog$/;

const once = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** Of a bot's queue, and of a namespace whose queues are gone, the lines of webhooks tell. */
const linesOf = ({ row, lines }: Told): readonly string[] => {
  const read = lines.map((line) => lineSchema.parse(JSON.parse(line))).filter(({ id }) => id !== 'warming-up');
  const own = read.flatMap(({ event, breaker, lastFailure = '', secret }) => {
    if (event === 'breaker.opened' && breaker === row.of) return [`\`${event}\`: ${lastFailure}`];
    return event.startsWith('secret.') && row.of === 'key-vault' ? [`\`${event}\`: ${secret}`] : [];
  });
  const ofWebhooks = read.flatMap(({ event, reasons = [] }) =>
    event.startsWith('webhook.') ? reasons.map((reason) => `\`${event}\`: ${reason}`) : [],
  );
  if (own.length > 0) return once(own);
  return once(ofWebhooks.filter((text) => text.includes(': bot:notifier: ') || text.includes(`: ${row.of}: `))).slice(
    -1,
  );
};

const metricsOf = ({ row, metrics }: Told): readonly string[] => {
  const counted = /^breakwater_dependency_failures_total\{breaker="([^"]+)",reason="([^"]+)"[^}]*\} [1-9]/gm;
  const found = [...metrics.matchAll(counted)].map(([, breaker, reason]) => ({ breaker, reason }));
  const own = found.filter(({ breaker }) => breaker === row.of);
  const ofQueue = found.filter(({ breaker }) => breaker === 'queue:bot-notifier');
  const shown = (own.length > 0 ? own : ofQueue).filter(({ reason }) => reason === row.reason);
  return shown.map(({ breaker, reason }) => `\`${breaker}\`, \`${reason}\``);
};

type Checks = z.infer<typeof healthSchema>['checks'];

const checksOf = ({ row, health }: Told): readonly (readonly [string, Checks[string]])[] => {
  if (row.reason === undefined) return [];
  const wrong = Object.entries(healthSchema.parse(JSON.parse(health)).checks).filter(([, { healthy }]) => !healthy);
  const own = wrong.filter(([name]) => ownChecks[row.of].test(name));
  return own.length > 0 ? own : wrong.filter(([name]) => checksOfParts.test(name));
};

const cardOf = (cards: PageText['cards'], name: string): readonly string[] => {
  const [, state, reason] = /^.*?(Open|Closed|Half open)Last failure([a-z-]+), /.exec(cards.get(name) ?? '') ?? [];
  return reason === undefined ? [] : [`\`${name}\`: ${state}, last failure ${reason}`];
};

/** Reads what was told in each place, of this trouble alone. */
export const readTold = async (told: Told): Promise<Said> => {
  const { row } = told;
  const checks = checksOf(told);
  const { cards, notices } = await showOnPage(told);
  const own = cardOf(cards, row.of);
  return {
    status: healthSchema.parse(JSON.parse(told.health)).status,
    health: checks.map(([name, { message }]) => `\`${name}\`: ${withoutTimes(message)}`),
    log: row.reason === undefined ? [] : linesOf(told),
    metric: metricsOf(told),
    page: own.length > 0 ? own : cardOf(cards, 'queue:bot-notifier'),
    unnoticed: checks.filter(([name, { message, action = '' }]) => {
      return !notices.includes(`${name.replaceAll('_', ' ')}${message}${action}`);
    }),
  };
};

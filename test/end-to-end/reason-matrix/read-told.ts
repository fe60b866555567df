import * as z from 'zod';
import { type Told, warmingUp } from './play-row.js';
import { isMissingSecret, isOfQueue } from './rows.js';
import type { PageText } from './text-document.js';

/** What is said of one trouble, each place in its own words but without times and counts. */
export interface Said {
  /** Name and message of each check that is not well. */
  readonly health: readonly string[];
  readonly log: readonly string[];
  readonly metric: readonly string[];
  /** The card of its breaker; of a secret, which has none, the notice of its check. */
  readonly page: readonly string[];
  /** Checks that have no notice on the page with their message and what to do. */
  readonly unnoticed: readonly unknown[];
}

const healthSchema = z.object({
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

const withoutTimes = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…');

/** A queue's own trouble is in its own check; the vault's is in those of the secrets too. A probe has two seconds, which a busy machine may take. */
const ownChecks: Readonly<Record<Told['row']['of'], RegExp>> = {
  'blob-storage': /^blob_storage_(?!probe)/,
  'service-bus': /^service_bus_(?!probe)/,
  'key-vault': /^key_vault_(?!probe)|_secret$/,
  'queue:bot-notifier': /^queue:bot-notifier$/,
};

/** The last line of each kind. Of a bot's queue, and of a namespace whose queues are gone, the lines of webhooks tell. */
const linesOf = ({ row, lines }: Told): readonly string[] => {
  const own = new Map<string, string>();
  const ofWebhooks: string[] = [];
  for (const line of lines) {
    const { event, breaker, lastFailure = '', secret = '', id, reasons = [] } = lineSchema.parse(JSON.parse(line));
    if (event === 'breaker.opened' && breaker === row.of && !isOfQueue(row)) own.set(event, lastFailure);
    if (event.startsWith('secret.') && row.of === 'key-vault') own.set(event, secret);
    if (event.startsWith('webhook.') && id !== warmingUp)
      ofWebhooks.push(...reasons.map((reason) => `\`${event}\`: ${reason}`));
  }
  if (own.size > 0) return [...own].map(([event, what]) => `\`${event}\`: ${what}`);
  return ofWebhooks
    .filter((text) => [`: ${row.of}: `, ': bot:notifier: '].some((named) => text.includes(named)))
    .slice(-1);
};

const metricsOf = ({ row, metrics }: Told): readonly string[] => {
  if (isMissingSecret(row)) {
    const missing = /^breakwater_secret_lookups_total\{secret="([^"]+)",outcome="missing"[^}]*\} [1-9]/gm;
    return [...metrics.matchAll(missing)].map(
      ([, secret]) => `\`breakwater_secret_lookups_total\`: \`${secret}\`, \`missing\``,
    );
  }
  const counted = /^breakwater_dependency_failures_total\{breaker="([^"]+)",reason="([^"]+)"[^}]*\} [1-9]/gm;
  const found = [...metrics.matchAll(counted)].map(([, breaker, reason]) => ({ breaker, reason }));
  const told = found.filter(({ reason }) => reason === row.reason);
  const own = told.filter(({ breaker }) => breaker === row.of);
  const shown = own.length > 0 ? own : told.filter(({ breaker }) => breaker === 'queue:bot-notifier');
  return shown.map(({ breaker, reason }) => `\`${breaker}\`, \`${reason}\``);
};

type Checks = z.infer<typeof healthSchema>['checks'];

const checksOf = ({ row, health }: Told): readonly (readonly [string, Checks[string]])[] => {
  if (row.reason === undefined) return [];
  const wrong = Object.entries(healthSchema.parse(JSON.parse(health)).checks).filter(([, { healthy }]) => !healthy);
  const names = ownChecks[isOfQueue(row) ? 'queue:bot-notifier' : row.of];
  return wrong.filter(([name]) => names.test(name));
};

const cardOf = (cards: PageText['cards'], name: string): readonly string[] => {
  const [, state, reason] = /^.*?(Open|Closed|Half open)Last failure([a-z-]+), /.exec(cards.get(name) ?? '') ?? [];
  return reason === undefined ? [] : [`\`${name}\`: ${state}, last failure ${reason}`];
};

const noticeOf = (name: string, { message, action = '' }: Checks[string]): string =>
  `${name.replaceAll('_', ' ')}${message}${action}`;

const pageOf = ({ row }: Told, { cards }: PageText, checks: ReturnType<typeof checksOf>): readonly string[] => {
  if (row.reason === undefined) return [];
  if (isMissingSecret(row)) return checks.map(([name]) => `the notice “${name.replaceAll('_', ' ')}”`);
  return cardOf(cards, isOfQueue(row) ? 'queue:bot-notifier' : row.of);
};

/** Reads what was told in each place, of this trouble alone. */
export const readTold = (told: Told, page: PageText): Said => {
  const { row } = told;
  const checks = checksOf(told);
  return {
    health: checks.map(([name, { message }]) => `\`${name}\`: ${withoutTimes(message)}`),
    log: row.reason === undefined ? [] : linesOf(told),
    metric: metricsOf(told),
    page: pageOf(told, page, checks),
    unnoticed: checks.filter(([name, check]) => !page.notices.includes(noticeOf(name, check))),
  };
};

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type BudgetStage, startRequestBudget } from '../../../src/ingest/time-limits.js';
import { github } from '../../../src/providers/github.js';
import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from '../../../src/settings/azure-breaker-options.js';
import { ManualClock } from '../../support/manual-clock.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/reliability.md'), 'utf8');
const stated = /<!-- budget -->\n([\s\S]*?)\n<!-- \/budget -->/.exec(page)?.[1]?.split('\n').slice(2);

interface Stage {
  readonly title: string;
  readonly stage: BudgetStage;
  readonly operationTimeoutMs: number;
  /** Runs at the same time as the one after it. */
  readonly besideNext?: true;
}

/** In the order in which one request may come through all of them. */
const stages: readonly Stage[] = [
  { title: 'secret, when it is not cached', stage: 'secrets', ...keyVaultBreakerOptions },
  { title: "sender's address ranges, when they are not cached", stage: 'sources', operationTimeoutMs: Infinity },
  { title: 'archive', stage: 'archive', ...blobStorageBreakerOptions, besideNext: true },
  { title: 'route, beside the archive', stage: 'route', ...serviceBusBreakerOptions },
  { title: 'outbox record, for what was not routed', stage: 'outbox', ...blobStorageBreakerOptions },
  { title: 'copy to the archive backlog, when storage failed', stage: 'backlog', ...serviceBusBreakerOptions },
];

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const rows = (): readonly string[] => {
  const clock = new ManualClock();
  const budget = startRequestBudget(clock, github.replyBudgetMs);
  return stages.map(({ title, stage, operationTimeoutMs, besideNext }) => {
    const whole = startRequestBudget(new ManualClock(), 10_000).shareMs(stage) / 100;
    const alone = startRequestBudget(new ManualClock(), github.replyBudgetMs).shareMs(stage);
    const takesMs = Math.min(budget.shareMs(stage), operationTimeoutMs);
    const endsMs = budget.elapsedMs() + takesMs;
    if (besideNext === undefined) clock.advance(takesMs);
    return `| ${title} | ${whole} % | ${seconds(Math.min(alone, operationTimeoutMs))} | ${seconds(endsMs)} |`;
  });
};

it('the table of budgets is what the code deals out, and adds up to less than the whole', () => {
  expect(stated).toEqual(rows());
  expect(github.replyBudgetMs).toBe(9_000);
});

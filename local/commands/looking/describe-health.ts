import * as z from 'zod';
import { alignColumns } from '../terminal/columns.js';
import { paint } from '../terminal/paint.js';

const checkSchema = z.object({
  healthy: z.boolean(),
  status: z.string().optional(),
  message: z.string(),
  reason: z.string().optional(),
  action: z.string().optional(),
});

const reportSchema = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  version: z.string(),
  instance: z.string().optional(),
  checks: z.record(z.string(), checkSchema),
  outbox: z.object({ pending: z.number().nullable(), oldestSeconds: z.number().nullable() }),
});

type Check = z.infer<typeof checkSchema>;

/** What deep health said, in lines for a terminal. */
export interface HealthVerdict {
  readonly healthy: boolean;
  readonly lines: readonly string[];
}

const markOf = ({ healthy, status }: Check): string => {
  if (!healthy) return paint.bad('✗');
  return status === 'NotConfigured' ? paint.quiet('-') : paint.good('✓');
};

const actionsOf = (checks: Readonly<Record<string, Check>>): readonly string[] => {
  const actions = Object.entries(checks).flatMap(([name, { healthy, action }]) =>
    healthy || action === undefined ? [] : [`${paint.bad('✗')} ${paint.strong(name)}: ${action}`],
  );
  return actions.length === 0 ? [] : ['', 'What to do:', ...actions];
};

const paintStatus = { healthy: paint.good, degraded: paint.warn, unhealthy: paint.bad } as const;

/** Reads an answer of `GET health/deep`: one row for each check, then what to do. Anything that is no report is a bad verdict. */
export const describeHealth = (answer: unknown): HealthVerdict => {
  const parsed = reportSchema.safeParse(answer);
  if (!parsed.success) return { healthy: false, lines: ['The answer is not a health report'] };
  const { status, version, instance, checks, outbox } = parsed.data;
  const rows = Object.entries(checks).map(([name, check]) => [
    markOf(check),
    name,
    check.message,
    check.reason === undefined ? '' : paint.bad(check.reason),
  ]);
  const owed = outbox.pending === null ? 'cannot be read now' : `${outbox.pending} pending`;
  const where = instance === undefined ? '' : `, instance ${instance}`;
  return {
    healthy: status === 'healthy',
    lines: [
      `${paintStatus[status](status)}, version ${version}${where}`,
      ...alignColumns(rows),
      `outbox: ${owed}`,
      ...actionsOf(checks),
    ],
  };
};

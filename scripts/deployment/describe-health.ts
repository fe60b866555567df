import { z } from 'zod';

const reportSchema = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  version: z.string(),
  checks: z.record(z.string(), z.object({ healthy: z.boolean(), message: z.string() })),
  outbox: z.object({ pending: z.number().nullable(), oldestSeconds: z.number().nullable() }),
});

/** What deep health said, in lines for a terminal. */
export interface HealthVerdict {
  readonly healthy: boolean;
  readonly lines: readonly string[];
}

/** Reads an answer of `GET health/deep`; anything that is not one is a bad verdict, never a throw. */
export const describeHealth = (answer: unknown): HealthVerdict => {
  const parsed = reportSchema.safeParse(answer);
  if (!parsed.success) return { healthy: false, lines: ['The answer is no health report'] };
  const { status, version, checks, outbox } = parsed.data;
  const lines = Object.entries(checks).map(
    ([name, { healthy, message }]) => `${healthy ? '✓' : '✗'} ${name}: ${message}`,
  );
  const owed = outbox.pending === null ? 'cannot be read now' : `${outbox.pending} pending`;
  return { healthy: status === 'healthy', lines: [`${status}, version ${version}`, ...lines, `outbox: ${owed}`] };
};

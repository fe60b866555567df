import type { HttpHealth } from '../../src/guarded-http/index.js';
import type { Service } from './service.js';

export interface HealthReport {
  readonly status: HttpHealth['status'];
  readonly services: Readonly<Record<string, HttpHealth>>;
}

const rank: Readonly<Record<HttpHealth['status'], number>> = {
  NotConfigured: 0,
  Healthy: 1,
  Degraded: 2,
  Unhealthy: 3,
};

/**
 * One report for every service, without a request. The worst of those that `required` names decides; the others can only degrade. What
 * is not configured is listed, and is not a fault.
 */
export const reportHealth = (services: readonly Service[], required: readonly string[] = []): HealthReport => {
  const healths = services.map(({ name, health }) => ({ name, ...health() }));
  const worst = healths
    .map(({ name, status }) => (status === 'Unhealthy' && !required.includes(name) ? 'Degraded' : status))
    .reduce<HttpHealth['status']>((one, other) => (rank[other] > rank[one] ? other : one), 'NotConfigured');
  const entries = healths.map(({ name, status, reasons }) => [name, { status, reasons }] as const);
  return { status: worst, services: Object.fromEntries(entries) };
};

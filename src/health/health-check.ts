import type { FaultReason } from '../faults/fault-reason.js';

/** `NotConfigured`: it is not set up, which is not a fault. */
export type CheckStatus = 'Healthy' | 'Degraded' | 'Unhealthy' | 'NotConfigured';

/** One line of the report: what was looked at, what is wrong with it, and what to do. */
export interface HealthCheck {
  readonly healthy: boolean;
  readonly status: CheckStatus;
  readonly message: string;
  /** Why, in one word; the same as in log lines and metrics. */
  readonly reason?: FaultReason;
  /** What an operator does about it. */
  readonly action?: string;
  readonly durationMs: number;
}

export type NamedCheck = readonly [name: string, check: HealthCheck];

export const isWell = (message: string): HealthCheck => ({ healthy: true, status: 'Healthy', message, durationMs: 0 });

export const isNotConfigured = (what: string, action: string): HealthCheck => ({
  healthy: true,
  status: 'NotConfigured',
  message: `NotConfigured: ${what}`,
  action,
  durationMs: 0,
});

export interface Trouble {
  readonly message: string;
  readonly reason?: FaultReason | undefined;
  readonly action: string;
}

export const isDegraded = ({ message, reason, action }: Trouble): HealthCheck => ({
  healthy: false,
  status: 'Degraded',
  message,
  ...(reason !== undefined && { reason }),
  action,
  durationMs: 0,
});

/** Names of checks are words joined by underscores, whatever the name they are about looks like. */
export const checkName = (...parts: readonly string[]): string => parts.join('_').replaceAll(/[-:]/g, '_');

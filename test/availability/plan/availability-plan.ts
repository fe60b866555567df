import type { ShardFault } from '../../soak/stack/start-stand-ins.js';

/** What is compared. */
export const sideNames = ['Breakwater', 'by hand'] as const;

export type SideName = (typeof sideNames)[number];

/** One delivery of the open loop: sent once, at its time, whatever became of those before it. */
export interface PlannedDelivery {
  readonly id: string;
  /** Since the start. */
  readonly atMs: number;
  /** Ascends in the order of sending. */
  readonly number: number;
  readonly repository: string;
  readonly entity: Entity;
  readonly entityNumber: number;
  /** Which of the published examples about such an entity it is made of. */
  readonly example: number;
}

export type Entity = 'issue' | 'pull_request';

/** A dependency that fails for a while. */
export interface PlannedOutage extends ShardFault {
  readonly fromMs: number;
  readonly toMs: number;
}

/** An instance that is killed with SIGKILL, and started again at once. */
export interface PlannedKill {
  readonly atMs: number;
  readonly instance: number;
}

/** All that is sent and all that fails, by its own clock. It follows from the seed and the options alone. */
export interface AvailabilityPlan {
  readonly seed: number;
  readonly rate: number;
  readonly seconds: number;
  readonly deliveries: readonly PlannedDelivery[];
  readonly outages: readonly PlannedOutage[];
  readonly kills: readonly PlannedKill[];
  readonly instances: number;
  /** Whether the app asks GitHub for what it could not deliver. */
  readonly reconciles: boolean;
  /** How many accounts and namespaces there are: of several, stores of the last one fail and no others. */
  readonly shards: number;
}

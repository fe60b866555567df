import type { GuardedRead } from '../../archive/guarded-archive.js';
import type { Log } from '../../observability/log/log.js';
import type { GuardedSend } from '../../routing/route-event.js';
import type { Clock } from '../../time/clock.js';
import type { Delivered } from '../record/delivered-copies.js';
import type { OutboxRecord, OwedCopy } from '../record/outbox-record.js';
import type { GuardedOutbox } from '../record/outbox-store.js';
import type { TroubledRecords } from './troubled-records.js';

export interface DeliverPorts {
  readonly outbox: GuardedOutbox;
  readonly readPayload: GuardedRead;
  readonly send: GuardedSend;
  /** What has been delivered already, by whichever instance. */
  readonly delivered: Delivered;
  /** Records that storage does not let us change. */
  readonly troubled: TroubledRecords;
  /** The Service Bus breaker, for reading only. */
  readonly serviceBus: { readonly retryAfterMs: number; readonly isHealthy: boolean };
  /** Whether a copy goes to this drain's namespace; absent: there is one, and every copy does. */
  readonly isOurs?: (record: OutboxRecord, copy: OwedCopy) => boolean;
  readonly clock: Pick<Clock, 'epochMs' | 'monotonicMs'>;
  readonly log: Log;
  readonly maxAgeMs: number;
}

/** Each call's share: reading, sending and writing one record together stay below its lease. */
export const callTimeoutMs = 5_000;

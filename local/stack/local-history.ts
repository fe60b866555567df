import type { ErrorAnswers } from '../faults/error-answers.js';
import type { TriedDelivery } from '../senders/tried-delivery.js';

/** A sender's API on this machine: its history holds what `npm run send` delivers, and a redelivery is posted again. */
export interface LocalHistory extends ErrorAnswers {
  readonly port: number;
  /** Method and path of every request, in order. */
  readonly asked: readonly string[];
  record(delivery: TriedDelivery): void;
  close(): Promise<void>;
}

import type { Reply } from '../../support/post-webhook.js';
import type { Life } from './life.js';
import type { Send } from './steps.js';

/** One try to hand an event over, and what was said to it. */
export interface Attempt {
  readonly send: Send;
  /** Which step of the scenario it belongs to: those of one step happen in the same moment. */
  readonly step: number;
  readonly life: Life;
  readonly sentMs: number;
  readonly endedMs: number;
  /** A durable copy exists, says the answer: 2xx, or 503 with `deferred`, or with `quarantined`. */
  readonly kept: boolean;
  readonly acknowledged: boolean;
  /** It is verified later: what comes meanwhile, and can be verified at once, does not wait for it. */
  readonly quarantined: boolean;
}

/** Reads what an answer promises. */
export const readPromise = (reply: Reply | undefined): Pick<Attempt, 'kept' | 'acknowledged' | 'quarantined'> => {
  const acknowledged = reply !== undefined && reply.status >= 200 && reply.status < 300;
  const { deferred, quarantined } = reply?.json ?? {};
  return {
    acknowledged,
    quarantined: quarantined === true,
    kept: acknowledged || deferred === true || quarantined === true,
  };
};

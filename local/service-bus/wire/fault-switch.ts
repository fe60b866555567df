import { type AmqpFailure, notWritten, queueNotFound, serverBusy, unauthorized } from '../amqp/amqp-failure.js';

/**
 * A trouble the stand-in can be told to have: it refuses every message and request as throttled, for an error of its own or for want of
 * the queue, refuses every claim and what comes on links that were opened with one, or takes what is sent without ever answering.
 */
export type Fault = 'server-busy' | 'internal-error' | 'not-found' | 'unauthorized' | 'unresponsive';

/** The trouble of the moment, read whenever something arrives. */
export interface FaultSwitch {
  fault: Fault | undefined;
}

/** What every message and request is refused with at the moment; `undefined`: they are looked at. */
export function refusalOf({ fault }: FaultSwitch): AmqpFailure | undefined {
  switch (fault) {
    case 'server-busy':
      return serverBusy;
    case 'internal-error':
      return notWritten;
    case 'not-found':
      return queueNotFound('any');
    case 'unauthorized':
      return unauthorized;
    default:
      return undefined;
  }
}

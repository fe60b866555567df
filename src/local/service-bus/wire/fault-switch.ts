/**
 * A trouble the stand-in can be told to have: it refuses every message and request as throttled, refuses every claim, or
 * takes what is sent without ever answering.
 */
export type Fault = 'server-busy' | 'unauthorized' | 'unresponsive';

/** The trouble of the moment, read whenever something arrives. */
export interface FaultSwitch {
  fault: Fault | undefined;
}

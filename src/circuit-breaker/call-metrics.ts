import { ResponseTimes } from './response-times.js';

/** What has become of the calls since the last reset. The counts only grow; the memory does not. */
export class CallMetrics {
  readonly responseTimes = new ResponseTimes();
  successful = 0;
  failed = 0;
  timedOut = 0;
  ignored = 0;
  rejected = 0;
  slow = 0;
  stale = 0;
}

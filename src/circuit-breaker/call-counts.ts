/** What has become of the calls since the last reset. */
export class CallCounts {
  successful = 0;
  failed = 0;
  timedOut = 0;
  ignored = 0;
  rejected = 0;
  slow = 0;
  stale = 0;
  fallbacks = 0;
  failedFallbacks = 0;
}

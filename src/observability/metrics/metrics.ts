import type { CounterName, HistogramName, LabelsOf } from './metric-catalogue.js';

/**
 * Counting and measuring, cheap enough for every call: an addition in memory, nothing else. Never throws. Label values come
 * from the configuration or are fixed, so that memory is bounded.
 */
export interface Metrics {
  /** `by` is 1 unless given; 0 makes the series appear before its first event, which `rate()` needs to see that one. */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  /** Seconds for durations, bytes for sizes. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
}

import { memoryUsage, resourceUsage } from 'node:process';
import { lastHalf, slope } from '../support/slope.js';

/** What a process held while it drained. */
export interface MemoryCourse {
  readonly peakHeapMb: number;
  readonly peakRssMb: number;
  /** Heap after a collection, at every `pointEvery` records. */
  readonly heapPointsMb: readonly number[];
  /** Growth of those points over their last half, by least squares, in KB per 1,000 records; absent for fewer than 4. */
  readonly slopeKbPer1000?: number;
  /** Time spent collecting for the points, which is not the drain's. */
  readonly pausedMs: number;
}

const mb = (bytes: number): number => bytes / 2 ** 20;

const pointEvery = 5_000;
const sampleEvery = 100;

/** Watches this process: `tick` at every record. Needs `--expose-gc`. */
export const watchMemory = () => {
  const points: number[] = [];
  let ticks = 0;
  let peak = memoryUsage().heapUsed;
  let pausedMs = 0;
  return {
    tick(): void {
      ticks += 1;
      if (ticks % sampleEvery === 0) peak = Math.max(peak, memoryUsage().heapUsed);
      if (ticks % pointEvery !== 0) return;
      const startedMs = performance.now();
      globalThis.gc?.();
      points.push(mb(memoryUsage().heapUsed));
      pausedMs += performance.now() - startedMs;
    },
    course(): MemoryCourse {
      const later = lastHalf(points);
      return {
        peakHeapMb: mb(peak),
        peakRssMb: resourceUsage().maxRSS / 1_024,
        heapPointsMb: points,
        ...(later.length >= 4 && { slopeKbPer1000: (slope(later) * 1_024 * 1_000) / pointEvery }),
        pausedMs,
      };
    },
  };
};

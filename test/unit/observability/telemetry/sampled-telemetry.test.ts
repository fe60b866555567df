import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampledTelemetry } from '../../../../src/observability/telemetry/sampled-telemetry.js';
import type { TelemetryDependency, TelemetryItem } from '../../../../src/observability/telemetry/telemetry.js';
import { createMemoryTelemetry } from '../../../support/memory/telemetry.js';

const dependency = (traceparent: string | undefined): TelemetryDependency => ({
  kind: 'dependency',
  name: 'archive',
  type: 'Azure blob',
  target: 'blob-storage',
  startedAtMs: 0,
  durationMs: 1,
  success: true,
  traceparent,
});

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'));
const traceparents = fc.tuple(hex(16), hex(8)).map(([trace, span]) => `00-${trace}-${span}-00`);

/** The same even spread in every run. */
const traceOf = (index: number): string =>
  `00-${createHash('sha256').update(String(index)).digest('hex').slice(0, 32)}-${'1'.repeat(16)}-00`;

const keptOf = (percent: number, items: readonly TelemetryItem[]): readonly TelemetryItem[] => {
  const memory = createMemoryTelemetry();
  const sampled = sampledTelemetry(memory, percent);
  for (const item of items) sampled.record(item);
  return memory.items;
};

describe('sampling', () => {
  it.each([0, 1, 50, 100])('at %i percent drops no event and no metric, whatever its trace', (percent) => {
    fc.assert(
      fc.property(fc.array(fc.option(traceparents, { nil: undefined })), (traces) => {
        const items: readonly TelemetryItem[] = traces.flatMap((traceparent) => [
          { kind: 'event', name: 'breaker.opened', fields: {}, epochMs: 0, traceparent },
          { kind: 'metric', name: 'breakwater_circuit_breaker_state', value: 2, dimensions: {} },
        ]);

        expect(keptOf(percent, items)).toEqual(items);
      }),
    );
  });

  it('keeps all dependencies of a trace or none, and about the share that was asked for', () => {
    const traces = Array.from({ length: 4_000 }, (_, index) => traceOf(index));

    const kept = keptOf(
      25,
      traces.flatMap((trace) => [dependency(trace), dependency(trace)]),
    );

    expect(kept.length % 2).toBe(0);
    expect(kept.length / 8_000).toBeGreaterThan(0.2);
    expect(kept.length / 8_000).toBeLessThan(0.3);
    expect(new Set(kept.map((item) => item.kind === 'dependency' && item.keptPercent))).toEqual(new Set([25]));
  });

  it('keeps what it keeps at a lower share at every higher one', () => {
    fc.assert(
      fc.property(traceparents, fc.nat(100), fc.nat(100), (trace, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        if (keptOf(low, [dependency(trace)]).length === 1) expect(keptOf(high, [dependency(trace)])).toHaveLength(1);
      }),
    );
  });

  it('keeps everything at 100 percent, untouched, and no dependency of a trace at 0', () => {
    const one = dependency(`00-${'f'.repeat(32)}-${'1'.repeat(16)}-00`);

    expect(keptOf(100, [one])).toEqual([one]);
    expect(keptOf(0, [one, dependency(`00-${'0'.repeat(31)}1-${'1'.repeat(16)}-00`)])).toEqual([]);
  });
});

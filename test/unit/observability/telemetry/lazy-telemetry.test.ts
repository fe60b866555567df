import { describe, expect, it } from 'vitest';
import { createLazyTelemetry } from '../../../../src/observability/telemetry/lazy-telemetry.js';
import type { Telemetry, TelemetryMetric } from '../../../../src/observability/telemetry/telemetry.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { createMemoryTelemetry } from '../../../support/memory/telemetry.js';

const metric = (value: number): TelemetryMetric => ({ kind: 'metric', name: 'm', value, dimensions: {} });

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const create = (load?: () => Promise<Telemetry>) => {
  const clock = new ManualClock();
  const memory = createMemoryTelemetry();
  const lines: string[] = [];
  let loads = 0;
  const telemetry = createLazyTelemetry({
    load: () => {
      loads += 1;
      return load?.() ?? Promise.resolve(memory);
    },
    clock,
    log: { write: (level, event, fields) => void lines.push(`${level} ${event} ${JSON.stringify(fields)}`) },
  });
  return { telemetry, clock, memory, lines, loads: () => loads };
};

describe('lazy telemetry', () => {
  it('loads nothing before it has something to tell, nor within five seconds of that', async () => {
    const { telemetry, clock, loads } = create();
    clock.advance(60_000);
    await telemetry.flush();

    telemetry.record(metric(1));
    clock.advance(4_999);

    expect([loads(), clock.pendingTimers]).toEqual([0, 1]);
  });

  it('then loads once, and passes on what waited in its order, and the rest at once', async () => {
    const { telemetry, clock, memory, loads } = create();
    telemetry.record(metric(1));
    telemetry.record(metric(2));

    clock.advance(5_000);
    await settled();
    telemetry.record(metric(3));

    expect(memory.items).toEqual([metric(1), metric(2), metric(3)]);
    expect([loads(), clock.pendingTimers]).toEqual([1, 0]);
  });

  it('loads for a flush that comes earlier, so that a short life leaves its telemetry too', async () => {
    const { telemetry, memory } = create();
    telemetry.record(metric(1));

    await telemetry.flush();

    expect(memory.items).toEqual([metric(1)]);
  });

  it('holds at most 2000 records while it waits', async () => {
    const { telemetry, memory } = create();
    for (let value = 0; value < 2_500; value += 1) telemetry.record(metric(value));

    await telemetry.flush();

    expect(memory.items).toHaveLength(2_000);
  });

  it('a failure to load is told once, and every record after it is let go', async () => {
    const { telemetry, clock, lines, loads } = create(() => Promise.reject(new TypeError('no such file')));
    telemetry.record(metric(1));
    clock.advance(5_000);
    await settled();
    telemetry.record(metric(2));
    await telemetry.flush();

    expect(lines).toEqual(['warn telemetry.failed {"stage":"load","error":"TypeError"}']);
    expect(loads()).toBe(1);
  });

  it('an adapter that throws is told once and disturbs nobody', async () => {
    const { telemetry, lines } = create(async () => ({
      record() {
        throw new RangeError('full');
      },
      flush: () => Promise.reject(new Error('gone')),
    }));
    telemetry.record(metric(1));
    await telemetry.flush();

    expect(() => telemetry.record(metric(2))).not.toThrow();
    await expect(telemetry.flush()).resolves.toBeUndefined();
    expect(lines).toEqual(['warn telemetry.failed {"stage":"record","error":"RangeError"}']);
  });

  it('a flush that does not end is left after four seconds', async () => {
    const { telemetry, clock } = create(async () => ({ record: () => {}, flush: () => new Promise(() => {}) }));
    telemetry.record(metric(1));

    const flushed = telemetry.flush();
    await settled();
    clock.advance(4_000);

    await expect(flushed).resolves.toBeUndefined();
  });
});

import { fork } from 'node:child_process';
import { join } from 'node:path';
import { isQuick } from '../support/is-quick.js';
import { median } from '../support/median.js';
import { type Ratio, type Row, ratio, reportPart } from '../support/report-part.js';
import type { Measurement, Task } from './child.js';
import { type WithCpu, withEmulators } from './with-emulators.js';

const pending = isQuick ? 10_000 : 50_000;
const rounds = isQuick ? 1 : 3;
const realPending = isQuick ? 500 : 50_000;
/** One at a time takes too long for all of them; its rate does not depend on how many there are. */
const realNaive = isQuick ? 100 : 500;

const measure = (task: Task): Promise<Measurement> =>
  new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'child.ts'), [JSON.stringify(task)]);
    child.once('message', (measurement: Measurement) => resolve(measurement));
    child.once('exit', (code) => reject(new Error(`The measuring process ended with ${code}`)));
  });

const rateOf = ({ delivered, seconds }: Measurement): number => delivered / seconds;

/** What the emulators took is part of the rate too, for they share the processor with the drain. */
const emulatorsCpu = ({ measured, azuriteSeconds, serviceBusSeconds }: WithCpu<Measurement>): Row => ({
  'Azurite CPU, µs/record': (azuriteSeconds * 1e6) / measured.delivered,
  'Service Bus CPU, µs/record': (serviceBusSeconds * 1e6) / measured.delivered,
});

const rowOf = (stores: string, who: Task['who'], all: readonly Measurement[]): Row => {
  const each = (figure: (one: Measurement) => number): number => median(all.map(figure));
  return {
    stores,
    drain: who === 'ours' ? 'Breakwater' : 'by hand',
    records: each(({ delivered }) => delivered),
    'records/s': each(rateOf),
    runs: each(({ runs }) => runs),
    'own CPU, µs/record': each(({ cpuPerRecord }) => cpuPerRecord),
    'peak heap, MB': each(({ peakHeapMb }) => peakHeapMb),
    'peak RSS, MB': each(({ peakRssMb }) => peakRssMb),
    'slope, KB/1000': all.every(({ slopeKbPer1000 }) => slopeKbPer1000 !== undefined)
      ? each(({ slopeKbPer1000 = 0 }) => slopeKbPer1000)
      : '',
    'heap after GC, MB': all[0]?.heapPointsMb.map((point) => point.toFixed(0)).join(' ') ?? '',
  };
};

const flat = (stores: string, all: readonly Measurement[]): readonly Ratio[] => {
  const slopes = all.flatMap(({ slopeKbPer1000 }) => slopeKbPer1000 ?? []);
  return slopes.length === 0
    ? []
    : [
        ratio({
          name: `${stores}: heap growth over the last half, KB per 1000 records`,
          value: median(slopes),
          atMost: 50,
        }),
      ];
};

const measureNull = async (): Promise<Record<Task['who'], Measurement[]>> => {
  const measured: Record<Task['who'], Measurement[]> = { ours: [], naive: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const who of ['ours', 'naive'] as const) measured[who].push(await measure({ who, count: pending }));
  }
  return measured;
};

const inMemory = await measureNull();
const emulated = await withEmulators(realPending + realNaive, async (stores, cpu) => {
  const naive = await cpu(() => measure({ who: 'naive', count: realNaive, stores }));
  const ours = await cpu(() => measure({ who: 'ours', count: realPending, stores }));
  return { naive, ours };
});
const { ours, naive } = emulated;

reportPart({
  part: 'drain',
  rows: [
    rowOf('null', 'ours', inMemory.ours),
    rowOf('null', 'naive', inMemory.naive),
    { ...rowOf('Azurite', 'ours', [ours.measured]), ...emulatorsCpu(ours) },
    { ...rowOf('Azurite', 'naive', [naive.measured]), ...emulatorsCpu(naive) },
  ],
  ratios: [
    ratio({
      name: 'Azurite: rate to the drain by hand',
      value: rateOf(ours.measured) / rateOf(naive.measured),
      atLeast: 1,
    }),
    ...flat('null', inMemory.ours),
    ...flat('Azurite', [ours.measured]),
  ],
});

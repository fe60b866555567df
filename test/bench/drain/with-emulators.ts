import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { dependenciesOn, type Stores } from './instance.js';
import { bot } from './pending-events.js';
import { seed } from './seed.js';

/** What was measured, and the processor time the emulators took meanwhile. */
export interface WithCpu<T> {
  readonly measured: T;
  readonly azuriteSeconds: number;
  readonly serviceBusSeconds: number;
}

export type MeasureCpu = <T>(work: () => Promise<T>) => Promise<WithCpu<T>>;

/** Processor time of another process so far, by the kernel's own account; 0 where there is no /proc. */
const cpuSecondsOf = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (
      (Number(fields[11]) + Number(fields[12])) / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
    );
  } catch {
    return 0;
  }
};

const measuringCpu =
  (azuritePid: number): MeasureCpu =>
  async (work) => {
    const [azurite, own] = [cpuSecondsOf(azuritePid), process.cpuUsage()];
    const measured = await work();
    const { user, system } = process.cpuUsage(own);
    return {
      measured,
      azuriteSeconds: cpuSecondsOf(azuritePid) - azurite,
      serviceBusSeconds: (user + system) / 1e6,
    };
  };

/** Starts Azurite in memory and the Service Bus stand-in, makes `count` pending records, and measures on them. */
export const withEmulators = async <T>(
  count: number,
  work: (stores: Stores, cpu: MeasureCpu) => Promise<T>,
): Promise<T> => {
  const storage = await startBlobStorage({ port: 0 });
  const serviceBus = await startServiceBus({ port: 0, queues: queueDefinitionsFor([bot]) });
  try {
    const stores: Stores = { storage: storage.connectionString, serviceBus: serviceBus.connectionString };
    const dependencies = dependenciesOn(stores);
    const startedMs = performance.now();
    await seed(dependencies, count);
    console.log(`  ${count} pending records made in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
    await dependencies.close();
    return await work(stores, measuringCpu(storage.pid));
  } finally {
    await serviceBus.close();
    await storage.close();
  }
};

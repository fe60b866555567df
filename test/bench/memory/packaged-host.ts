import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { collectPackage, writePackage } from '../../../scripts/package.js';
import { bot, secret } from './null-app.js';
import { startNullStorage } from './null-storage.js';

/** The deployed package under the built-in host, in a process of its own. */
export interface PackagedHost {
  readonly url: string;
  /** Resident memory of its worker now, in MB. */
  residentMb(): number;
  /** The most since it started, by the kernel's own account, in MB. */
  peakMb(): number;
  close(): Promise<void>;
}

/**
 * The heap that Node takes by itself on an instance of 2,048 MB, half of it, and the young generation that `infra` sets. On a larger
 * machine Node takes more, and collects later.
 */
const heapOfInstance = ['--max-old-space-size=1024', '--max-semi-space-size=4'];

const root = join(import.meta.dirname, '../../..');

const megabytesOf = (pid: number, field: 'VmRSS' | 'VmHWM'): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
};

/**
 * Starts the package as it is deployed, on a null blob service and the Service Bus stand-in, both outside the measured process,
 * through the real SDKs. What is measured is the host's worker, which runs the app as Azure's does.
 */
export const startPackagedHost = async (settings: Readonly<Record<string, string>>): Promise<PackagedHost> => {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-memory-'));
  writePackage(collectPackage(root), join(folder, 'app'));
  writeFileSync(join(folder, 'app', 'bots.json'), JSON.stringify({ bots: [bot] }));
  const storage = await startNullStorage();
  const serviceBus = await startServiceBus({ port: 0, queues: queueDefinitionsFor([bot]) });
  const program = join(root, 'dist/local/functions-host.js');
  const child = spawn(process.execPath, [...heapOfInstance, program, '--app', join(folder, 'app'), '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
      PayloadStorage: storage.connectionString,
      ServiceBus: serviceBus.connectionString,
      WEBHOOK_SECRET_GITHUB: secret,
      'AzureWebJobs.drainOutbox.Disabled': 'true',
      'AzureFunctionsJobHost__logging__logLevel__Function.*.User': 'Critical',
      ...settings,
    },
  });
  const [{ url, workerPid }] = await once(child, 'message');
  return {
    url,
    residentMb: () => megabytesOf(workerPid, 'VmRSS'),
    peakMb: () => megabytesOf(workerPid, 'VmHWM'),
    async close() {
      child.kill();
      await once(child, 'exit');
      await serviceBus.close();
      storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

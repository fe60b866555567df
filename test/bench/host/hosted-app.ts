import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { collectPackage, writePackage } from '../../../scripts/package.js';
import { writeByHandApp } from '../by-hand/write-app.js';
import { secret } from '../pipeline/prepared-request.js';
import { cpuMsOf } from '../support/cpu-ms.js';
import type { BackendAddresses } from './backends.js';
import { benchBots } from './bench-bots.js';

export type Side = 'Breakwater' | 'by hand';

/** An app that runs under the built-in host, in a process of its own. */
export interface HostedApp {
  readonly side: Side;
  readonly url: string;
  /** CPU time of its worker's process so far, in milliseconds; `NaN` where the system does not tell. */
  cpuMs(): number;
  close(): Promise<void>;
}

const root = join(import.meta.dirname, '../../..');
const folder = join(root, '.local/bench/host');

const writeBreakwater = (target: string): void => {
  writePackage(collectPackage(root), target);
  const bots = benchBots.map(({ orderBy: _, ...bot }) => bot);
  writeFileSync(join(target, 'bots.json'), JSON.stringify({ bots }));
};

/** Writes both apps as they are deployed; once, before any is started. */
export const writeApps = async (): Promise<void> => {
  rmSync(folder, { recursive: true, force: true });
  writeBreakwater(join(folder, 'Breakwater'));
  await writeByHandApp(join(folder, 'by hand'));
};

/** By hand nothing makes the container. */
const makeContainer = async ({ payloadStorage }: BackendAddresses): Promise<void> => {
  const client = BlobServiceClient.fromConnectionString(payloadStorage, { retryOptions: { maxTries: 1 } });
  const abortSignal = AbortSignal.timeout(2_000);
  await client
    .getContainerClient('by-hand')
    .createIfNotExists({ abortSignal })
    .catch(() => {});
};

const end = async (host: ChildProcess): Promise<void> => {
  if (host.exitCode !== null || host.signalCode !== null) return;
  const exited = once(host, 'exit');
  host.kill('SIGKILL');
  await exited;
};

/** Of the operators. */
export const benchAdminToken = 'an-admin-token-for-benchmarks-only';

/** What the timer does has a benchmark of its own, and dependencies that keep nothing have nothing for it to do. */
const onceAYear = '0 0 0 1 1 *';

/** Starts one side against the given dependencies, its log at warnings, as is usual under load. */
export const startHostedApp = async (side: Side, backend: BackendAddresses): Promise<HostedApp> => {
  if (side === 'by hand') await makeContainer(backend);
  const args = ['--app', join(folder, side), '--port', '0', '--state', join(folder, `${side}-state`)];
  const host = fork(join(root, 'dist/local/functions-host.js'), args, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
      'AzureFunctionsJobHost__logging__logLevel__Function.*.User': 'Warning',
      PayloadStorage: backend.payloadStorage,
      ServiceBus: backend.serviceBus,
      WEBHOOK_SECRET_GITHUB: secret,
      ADMIN_TOKEN: benchAdminToken,
      BY_HAND_QUEUE: benchBots[0].queue,
      OUTBOX_SCHEDULE: onceAYear,
    },
  });
  const [ready]: { kind: string; url: string; workerPid: number }[] = await once(host, 'message');
  if (ready?.kind !== 'functions-host-ready') throw new Error(`${side}: ${JSON.stringify(ready)}`);
  return {
    side,
    url: `${ready.url}/api/webhooks/github`,
    cpuMs: () => cpuMsOf(ready.workerPid),
    close: () => end(host),
  };
};

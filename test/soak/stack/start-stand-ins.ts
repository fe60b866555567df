import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ControlClient, createControlClient } from '../../../local/stack/control-client.js';
import type { HostConnections } from '../../../local/stack/host-environment.js';
import { findProjectRoot } from '../../../local/stack/project-root.js';
import { readStackRecord } from '../../../local/stack/stack-record.js';
import { standInNames } from '../../../local/stack/stand-ins.js';
import { startLoggedChild } from './logged-child.js';

export interface StandInsOptions {
  readonly stateDirectory: string;
  readonly providers: readonly string[];
  /** The content of the bots file. */
  readonly bots: unknown;
}

/** Blob Storage, Service Bus and Key Vault, each behind its fault proxy, in a process of their own. */
export interface StandIns {
  readonly connections: HostConnections;
  readonly control: ControlClient;
  /** What the app needs to know beside the connections. */
  readonly settings: Readonly<Record<string, string>>;
  /** Ends every fault. */
  calm(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `npm run emulators` on free ports, as built. */
export const startStandIns = async ({ stateDirectory, providers, bots }: StandInsOptions): Promise<StandIns> => {
  const botsFile = join(stateDirectory, 'bots.json');
  await writeFile(botsFile, JSON.stringify(bots));
  const settings = { PROVIDERS: providers.join(','), BOTS_CONFIG: botsFile };
  const child = await startLoggedChild({
    script: join(findProjectRoot(import.meta.dirname), 'dist/local/emulators.js'),
    args: ['--port', 'auto', '--state', stateDirectory],
    environment: { ...process.env, ...settings },
    logFile: join(stateDirectory, 'stand-ins.log'),
    readyKind: 'local-stack-ready',
  });
  const record = await readStackRecord(stateDirectory);
  if (record === undefined) throw new Error(`The stand-ins left no record in ${stateDirectory}`);
  const control = createControlClient(record.control);
  return {
    connections: {
      blobConnectionString: record.blobStorage.connectionString,
      serviceBusConnectionString: record.serviceBus.connectionString,
      vaultUri: record.keyVault.vaultUri,
      caFile: record.keyVault.caFile,
    },
    control,
    settings,
    async calm() {
      for (const name of standInNames) await control.setFault(name, 'none');
    },
    async stop() {
      child.signal('SIGTERM');
      await child.exited;
    },
  };
};

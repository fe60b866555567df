import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProjectRoot } from '../../../local/project-root.js';
import { type ControlClient, createControlClient } from '../../../local/stack/control-client.js';
import type { HostConnections } from '../../../local/stack/host-environment.js';
import { readStackRecord } from '../../../local/stack/stack-record.js';
import { type StandInName, standInNames } from '../../../local/stack/stand-ins.js';
import { lendVaultCertificate } from '../../support/lend-vault-certificate.js';
import { startLoggedChild } from './logged-child.js';

export interface StandInsOptions {
  readonly stateDirectory: string;
  readonly providers: readonly string[];
  /** The content of the bots file. */
  readonly bots: unknown;
  /** How many storage accounts and namespaces there are; absent: one of each. */
  readonly shards?: number | undefined;
  /** Settings that stand-ins follow from, such as `GITHUB_RECONCILE_HOOKS`. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** An account and a namespace, each behind its fault proxy, in a process of their own. */
export interface StandInShard {
  readonly connections: HostConnections;
  readonly control: ControlClient;
}

/** One thing that fails, of the first shard unless it says another. */
export interface ShardFault {
  readonly service: StandInName;
  /** As one would type it, e.g. `slow 500`. */
  readonly fault: string;
  /** Counted from 0; Key Vault is in the first alone. */
  readonly shard?: number | undefined;
}

/** Blob Storage, Service Bus and Key Vault of the app. */
export interface StandIns extends StandInShard {
  /** All of them, the first one included. */
  readonly shards: readonly StandInShard[];
  /** What the app needs to know beside the connections. */
  readonly settings: Readonly<Record<string, string>>;
  setFault(fault: ShardFault): Promise<void>;
  /** Ends every fault. */
  calm(): Promise<void>;
  stop(): Promise<void>;
}

/** How shards are called in the settings: the first one has no name. */
export const shardName = (shard: number): string => String(shard + 1);

type Settings = StandIns['settings'];

interface StartedShard extends StandInShard {
  stop(): Promise<void>;
}

/** Starts `npm run emulators` on free ports, as built. */
const startShard = async (stateDirectory: string, settings: Settings): Promise<StartedShard> => {
  await lendVaultCertificate(stateDirectory);
  const child = await startLoggedChild({
    script: join(findProjectRoot(import.meta.dirname), 'dist/local/emulators.js'),
    args: ['--port', 'auto', '--state', stateDirectory],
    environment: { ...process.env, ...settings },
    logFile: join(stateDirectory, 'stand-ins.log'),
    readyKind: 'local-stack-ready',
  });
  const record = await readStackRecord(stateDirectory);
  if (record === undefined) throw new Error(`The stand-ins left no record in ${stateDirectory}`);
  return {
    connections: {
      blobConnectionString: record.blobStorage.connectionString,
      serviceBusConnectionString: record.serviceBus.connectionString,
      vaultUri: record.keyVault.vaultUri,
      caFile: record.keyVault.caFile,
      historyUrls: {
        ...(record.githubApi !== undefined && { 'github-api': record.githubApi.url }),
        ...(record.gitlabApi !== undefined && { 'gitlab-api': record.gitlabApi.url }),
      },
    },
    control: createControlClient(record.control),
    async stop() {
      child.signal('SIGTERM');
      await child.exited;
    },
  };
};

const startShards = async (
  { stateDirectory, shards = 1 }: StandInsOptions,
  settings: Settings,
): Promise<readonly [StartedShard, ...StartedShard[]]> => {
  const names = Array.from({ length: shards - 1 }, (_, index) => shardName(index + 1));
  const accounts = { PayloadStorage__shards: JSON.stringify(names.map((name) => ({ name }))) };
  const first = await startShard(stateDirectory, { ...settings, ...accounts });
  const further: StartedShard[] = [];
  try {
    for (const name of names)
      further.push(await startShard(join(stateDirectory, `shard-${name}`), { ...settings, ...accounts }));
    return [first, ...further];
  } catch (fault) {
    await Promise.all([first, ...further].map((shard) => shard.stop()));
    throw fault;
  }
};

/** Where the further shards are, as the app reads it. */
const shardSettings = (further: readonly StandInShard[]): Settings => {
  const list = (connection: 'blobConnectionString' | 'serviceBusConnectionString'): string =>
    JSON.stringify(
      further.map(({ connections }, index) => ({
        name: shardName(index + 1),
        connectionString: connections[connection],
      })),
    );
  return further.length === 0
    ? {}
    : {
        PayloadStorage__shards: list('blobConnectionString'),
        ServiceBus__shards: list('serviceBusConnectionString'),
      };
};

/** Starts the stand-ins, each shard in a process of its own. */
export const startStandIns = async (options: StandInsOptions): Promise<StandIns> => {
  const { stateDirectory, providers, bots, environment = {} } = options;
  const botsFile = join(stateDirectory, 'bots.json');
  await writeFile(botsFile, JSON.stringify(bots));
  const settings = { PROVIDERS: providers.join(','), BOTS_CONFIG: botsFile, ...environment };
  const [first, ...further] = await startShards(options, settings);
  const shards = [first, ...further];
  return {
    connections: first.connections,
    control: first.control,
    shards,
    settings: { ...settings, ...shardSettings(further) },
    async setFault({ service, fault, shard = 0 }) {
      const { control } = shards[shard] ?? first;
      await control.setFault(service, fault);
    },
    async calm() {
      for (const { control } of shards) for (const name of standInNames) await control.setFault(name, 'none');
    },
    async stop() {
      await Promise.all(shards.map((shard) => shard.stop()));
    },
  };
};

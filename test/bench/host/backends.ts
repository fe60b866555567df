import { blobConnectionString } from '../../../local/blob-storage/blob-connection-string.js';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { benchBots } from './bench-bots.js';
import { startNullBroker } from './null-broker.js';
import { startNullStorage } from './null-storage.js';

/** How the apps reach the dependencies that this process plays: `null`, `hanging` (storage alone) or `emulators`. */
export interface BackendAddresses {
  readonly payloadStorage: string;
  readonly serviceBus: string;
}

const serviceBusAt = (port: number): string =>
  `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=bench;SharedAccessKey=bench;UseDevelopmentEmulator=true`;

const start = async (kind: string | undefined): Promise<BackendAddresses> => {
  if (kind !== 'emulators') {
    const storagePort = await startNullStorage({ hangs: kind === 'hanging' });
    return { payloadStorage: blobConnectionString(storagePort), serviceBus: serviceBusAt(await startNullBroker()) };
  }
  const storage = await startBlobStorage({ port: 0 });
  const serviceBus = await startServiceBus({ port: 0, queues: queueDefinitionsFor(benchBots) });
  return { payloadStorage: storage.connectionString, serviceBus: serviceBus.connectionString };
};

process.on('disconnect', () => process.exit());
process.send?.(await start(process.argv[2]));

import { createApp } from '../../../src/composition/app.js';
import { type AzureDependencies, createAzureDependencies } from '../../../src/composition/azure.js';
import { createInvocationLog } from '../../../src/observability/log/log.js';
import { readSettings } from '../../../src/settings/read-settings.js';
import { runTimer } from '../../support/post-webhook.js';
import { bot } from './pending-events.js';

/** Where an instance finds its stores. */
export interface Stores {
  readonly storage: string;
  readonly serviceBus: string;
}

/** For an instance whose stores are replaced: well-formed, and nothing listens there. */
export const noStores: Stores = {
  storage: 'UseDevelopmentStorage=true',
  serviceBus: 'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
};

/** Production dependencies on the given stores. */
export const dependenciesOn = ({ storage, serviceBus }: Stores): AzureDependencies => {
  const reading = readSettings({
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    PayloadStorage: storage,
    ServiceBus: serviceBus,
    WEBHOOK_SECRET_GITHUB: 'a-secret-for-benchmarks-only',
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return createAzureDependencies(reading.settings, [bot], { version: '0', instance: 'bench' });
};

export interface DrainLine {
  readonly delivered: number;
  readonly stoppedBy?: string;
}

/** The app's own timer: one run of the drain, and its log line. */
export const drainWith = (dependencies: AzureDependencies): (() => Promise<DrainLine>) => {
  let last: DrainLine = { delivered: 0 };
  const keep = (line: string): void => {
    const fields = JSON.parse(line);
    if (fields.event === 'outbox.drained') last = fields;
    else if (fields.event !== 'archive-backlog.drained') console.log(`  ${line}`);
  };
  const kept = { debug: keep, info: keep, warn: keep, error: keep };
  const log = createInvocationLog(kept);
  const app = createApp({
    ...dependencies,
    log: { ...log, run: (_sink, work, invocation) => log.run(kept, work, invocation) },
  });
  return async () => {
    await runTimer(app.drainOutbox);
    return last;
  };
};

import { archiveName, encodeMetadata } from '../../../src/archive/blob-form.js';
import type { PayloadArchive } from '../../../src/archive/payload-archive.js';
import { type App, createApp } from '../../../src/composition/app.js';
import { createAzureDependencies } from '../../../src/composition/azure.js';
import { createInvocationLog } from '../../../src/observability/log/log.js';
import type { Bot } from '../../../src/routing/bot.js';
import { readSettings } from '../../../src/settings/read-settings.js';

export const secret = 'a-secret-for-benchmarks-only';

/** Wants everything. */
export const bot: Bot = { name: 'recorder', queue: 'bot-recorder', events: ['*'], ordered: true, orderBy: 'entity' };

/** Stores what it is given nowhere, at once but for `beforePut`. */
const nullArchive = (archive: PayloadArchive, beforePut: () => Promise<void>): PayloadArchive => ({
  ...archive,
  async put(payload) {
    await beforePut();
    encodeMetadata(payload);
    const name = archiveName(payload.attributes);
    return { name, url: `https://account.blob.core.windows.net/p/${name}`, conflict: false, duplicate: false };
  },
});

export interface NullAppOptions {
  readonly beforePut?: () => Promise<void>;
  /** Called whenever the app looks at the clock: between its stages. */
  readonly onClock?: () => void;
}

/** The whole app in this process on stores that keep nothing and answer at once. */
export const createNullApp = ({ beforePut = async () => {}, onClock = () => {} }: NullAppOptions = {}): App => {
  const reading = readSettings({
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    PayloadStorage: 'UseDevelopmentStorage=true',
    ServiceBus: 'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
    WEBHOOK_SECRET_GITHUB: secret,
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  const real = createAzureDependencies(reading.settings, [bot], { version: '0', instance: 'bench' });
  const silent = (): void => {};
  return createApp({
    ...real,
    archive: nullArchive(real.archive, beforePut),
    queue: { send: async () => {} },
    clock: {
      ...real.clock,
      monotonicMs: () => {
        onClock();
        return real.clock.monotonicMs();
      },
    },
    log: createInvocationLog({ debug: silent, info: silent, warn: silent, error: silent }),
  });
};

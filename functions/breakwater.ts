import { type App, createApp } from '../src/composition/app.js';
import { type AzureDependencies, createAzureDependencies, type ProcessFacts } from '../src/composition/azure.js';
import { warmUp } from '../src/composition/warm-up.js';
import type { ConfigurationReading } from '../src/settings/read-configuration.js';

type Configuration = Extract<ConfigurationReading, { readonly ok: true }>;

/** The app with its real dependencies. */
export interface Breakwater {
  readonly app: App;
  readonly log: AzureDependencies['log'];
  /** Connects before anybody asks. Never rejects because a dependency fails. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

/** Everything that answers requests: a file of its own, so that the worker knows the functions before it is read. */
export const startBreakwater = ({ settings, bots }: Configuration, facts: ProcessFacts): Breakwater => {
  const dependencies = createAzureDependencies(settings, bots, facts);
  if (dependencies.telemetry === undefined) {
    dependencies.log.write('info', 'telemetry.off', { setting: 'APPLICATIONINSIGHTS_CONNECTION_STRING' });
  }
  const app = createApp(dependencies);
  return {
    app,
    log: dependencies.log,
    warmUp: () =>
      warmUp({
        ...dependencies,
        warmSecrets: app.warmSecrets,
        announce: () => app.presence?.announce(),
        shareBreakers: () => app.sharing?.start(),
      }),
    close: async () => {
      app.sharing?.stop();
      await app.presence?.withdraw();
      await dependencies.close();
    },
  };
};

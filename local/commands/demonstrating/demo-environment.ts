import { environmentSchema } from '../../../src/settings/environment-schema.js';
import type { Variables } from '../../stack/host-environment.js';
import type { DemoSpeed } from './demo-speed.js';

const varying = /^(CircuitBreaker__|WEBHOOK_SECRET_|AzureWebJobs|APPLICATIONINSIGHTS_|npm_lifecycle_event$)/;

const isSetting = (name: string): boolean => name in environmentSchema.shape || varying.test(name);

/** Configuration files of the demonstration's own. */
export interface DemoFiles {
  readonly botsFile: string;
  readonly providersFile: string;
}

/**
 * What the demonstration's stack gets of the user's environment: no setting of the app, so that it touches nothing but what it
 * starts itself; and its own settings.
 */
export const demoEnvironment = (
  user: Variables,
  { botsFile, providersFile }: DemoFiles,
  speed: DemoSpeed,
): Variables => ({
  ...Object.fromEntries(Object.entries(user).filter(([name]) => !isSetting(name))),
  BOTS_CONFIG: botsFile,
  PROVIDERS: 'github',
  PROVIDERS_CONFIG: providersFile,
  QUEUE_UNAVAILABLE: 'defer',
  OUTBOX_SCHEDULE: speed.schedule,
  CircuitBreaker__serviceBus__coolDownMs: String(speed.coolDownMs),
  CircuitBreaker__blobStorage__coolDownMs: String(speed.coolDownMs),
});

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { app as functions } from '@azure/functions';
import { type Access, type HttpEndpoint, httpEndpoints } from '../src/composition/endpoints.js';
import type { TimerHandler } from '../src/composition/observation.js';
import { once } from '../src/composition/once.js';
import { timerEndpoints } from '../src/composition/timer-endpoints.js';
import { readConfiguration } from '../src/settings/read-configuration.js';
import type { ProvidersReading } from '../src/settings/read-providers.js';
import { createHttpFunction, takenMethods } from './http-function.js';
import { answerJsonDirectly } from './json-answer.js';
import { readAnyHeader } from './read-any-header.js';
import { answerUnconfigured, tellProblems } from './unconfigured.js';
import { leaveBodyUncopied } from './uncopied-body.js';

/** The folder of host.json: configuration files are found from there, wherever the worker was started. */
const findAppRoot = (from: string): string => {
  const parent = dirname(from);
  return existsSync(join(from, 'host.json')) || parent === from ? from : findAppRoot(parent);
};

const appRoot = findAppRoot(import.meta.dirname);

const readText = (path: string): string | undefined => {
  const absolute = resolve(appRoot, path);
  return existsSync(absolute) ? readFileSync(absolute, 'utf8') : undefined;
};

const readVersion = (): string => {
  const manifest: unknown = JSON.parse(readText('package.json') ?? '{}');
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return hasVersion ? String(manifest.version) : 'unknown';
};

/** Few apps have senders of their own: what reads them is a file apart. Read by `require`, for the host waits for no promise here. */
const readProviders = (text: string): ProvidersReading => {
  const apart: typeof import('../src/settings/read-providers.js') = require('../src/settings/read-providers.js');
  return apart.readProviders(text);
};

const configuration = readConfiguration({ environment: process.env, readText, readProviders });
if (!configuration.ok) tellProblems(configuration.problems);

/** The worker supplies this module, and only when it is asked for by `require`; nothing is invoked without it. */
const loadFromWorker = createRequire(join(import.meta.dirname, 'index.cjs'));
const standsBeforeLibrary = (): boolean => {
  try {
    const core = loadFromWorker('@azure/functions-core');
    readAnyHeader(core);
    leaveBodyUncopied(core);
    answerJsonDirectly(core);
    return true;
  } catch {
    return false;
  }
};

/** What answers requests is read after the functions are known: the host waits for nothing else. */
let isLoaded = false;
const breakwater = once(async () => {
  if (!configuration.ok) throw new TypeError('The settings are wrong');
  isLoaded = true;
  const { startBreakwater } = await import('./breakwater.js');
  const started = startBreakwater(configuration, {
    version: readVersion(),
    instance: process.env['WEBSITE_INSTANCE_ID'] ?? `${hostname()}-${process.pid}`,
    ...(process.env['WEBSITE_SITE_NAME'] !== undefined && { role: process.env['WEBSITE_SITE_NAME'] }),
  });
  if (!workerIsKnown) started.log.write('warn', 'functions-core.unknown', {});
  return started;
});

const loadApp = async () => (await breakwater()).app;

/** Senders cannot carry a function key: their route authenticates by signature instead. */
const authLevels = {
  signature: 'anonymous',
  open: 'anonymous',
  key: 'function',
  operator: 'function',
} as const satisfies Record<Access, string>;

const registerHttp = (endpoint: HttpEndpoint): void => {
  const { name, route, access } = endpoint;
  const handler = configuration.ok ? createHttpFunction(endpoint, loadApp) : answerUnconfigured(endpoint);
  functions.http(name, { methods: [...takenMethods], route, authLevel: authLevels[access], handler });
};

for (const endpoint of httpEndpoints) registerHttp(endpoint);
for (const { name, schedule: scheduleBy } of timerEndpoints) {
  const schedule = configuration.ok ? scheduleBy(configuration.settings) : undefined;
  if (schedule === undefined) continue;
  const handler: TimerHandler = async (timer, context) => (await loadApp())[name](timer, context);
  functions.timer(name, { schedule, runOnStartup: false, handler });
}
const workerIsKnown = standsBeforeLibrary();

/** What fails here fails again for the first request, which tells of it. */
const warmUp = async (): Promise<void> => {
  await (await breakwater()).warmUp();
};
if (configuration.ok) functions.hook.appStart(() => void setImmediate(() => warmUp().catch(() => {})));
functions.hook.appTerminate(async () => {
  if (isLoaded) await (await breakwater()).close();
});

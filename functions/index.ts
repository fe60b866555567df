import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { app as functions } from '@azure/functions';
import { createApp } from '../src/app.js';
import { createAzureDependencies } from '../src/azure.js';
import { readConfiguration } from '../src/settings/read-configuration.js';
import { endpoints } from './endpoints.js';
import { readAnyHeader } from './read-any-header.js';

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

const configuration = readConfiguration({ environment: process.env, readText });
if (!configuration.ok) {
  throw new Error(`Breakwater cannot start. Correct this and start again.\n${configuration.report}`);
}

const dependencies = createAzureDependencies(configuration.settings, configuration.bots, {
  version: readVersion(),
  instance: process.env['WEBSITE_INSTANCE_ID'] ?? `${hostname()}-${process.pid}`,
  ...(process.env['WEBSITE_SITE_NAME'] !== undefined && { role: process.env['WEBSITE_SITE_NAME'] }),
});
const breakwater = createApp(dependencies);
if (dependencies.telemetry === undefined) {
  dependencies.log.write('info', 'telemetry.off', { setting: 'APPLICATIONINSIGHTS_CONNECTION_STRING' });
}

for (const endpoint of endpoints) {
  if (endpoint.trigger === 'http') {
    const { name, methods, route, authLevel, handler } = endpoint;
    functions.http(name, { methods: [...methods], route, authLevel, handler: handler(breakwater) });
  } else {
    const { name, handler } = endpoint;
    const schedule = endpoint.schedule(configuration.settings);
    if (schedule !== undefined) functions.timer(name, { schedule, runOnStartup: false, handler: handler(breakwater) });
  }
}
functions.hook.appTerminate(() => dependencies.close());

/** The worker supplies this module, and only when it is asked for by `require`; nothing is invoked without it. */
const loadFromWorker = createRequire(join(import.meta.dirname, 'index.cjs'));
try {
  readAnyHeader(loadFromWorker('@azure/functions-core'));
} catch {
  dependencies.log.write('warn', 'functions-core.unknown', {});
}

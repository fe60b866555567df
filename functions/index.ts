import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { app as functions } from '@azure/functions';
import { version } from '../package.json' with { type: 'json' };
import { createApp } from '../src/app.js';
import { createAzureDependencies } from '../src/azure.js';
import type { Bot } from '../src/routing/bot.js';
import { describeProblems } from '../src/settings/describe-problems.js';
import { readBots } from '../src/settings/read-bots.js';
import { readSettings } from '../src/settings/read-settings.js';
import type { Settings } from '../src/settings/settings.js';
import { endpoints } from './endpoints.js';

/** A start that fails says everything that is wrong at once, and registers nothing. */
const stop = (what: string, problems: string): never => {
  throw new Error(`Breakwater cannot start: ${what}\n${problems}`);
};

/** The folder that holds host.json: configuration files are found from there, wherever the worker was started. */
const findAppRoot = (from: string): string => {
  const parent = dirname(from);
  return existsSync(join(from, 'host.json')) || parent === from ? from : findAppRoot(parent);
};

const loadSettings = (): Settings => {
  const reading = readSettings(process.env);
  return reading.ok ? reading.settings : stop('these settings are wrong.', describeProblems(reading.problems));
};

const loadBots = (botsConfig: string): readonly Bot[] => {
  const path = resolve(findAppRoot(import.meta.dirname), botsConfig);
  if (!existsSync(path)) return stop(`there is no bots file at ${path}.`, 'Create it or set BOTS_CONFIG to where it is.');
  const reading = readBots(readFileSync(path, 'utf8'));
  return reading.ok ? reading.bots : stop(`${path} is wrong.`, describeProblems(reading.problems));
};

const settings = loadSettings();
const bots = loadBots(settings.botsConfig);
const instance = process.env['WEBSITE_INSTANCE_ID'] ?? `${hostname()}-${process.pid}`;
const dependencies = createAzureDependencies(settings, bots, { version, instance });
const breakwater = createApp(dependencies);

for (const { name, methods, route, authLevel, handler } of endpoints) {
  functions.http(name, { methods: [...methods], route, authLevel, handler: handler(breakwater) });
}
functions.hook.appTerminate(() => dependencies.close());

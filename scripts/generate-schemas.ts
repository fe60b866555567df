import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CommandDescription, type CommandOptions, runCommand } from '../local/commands/terminal/run-command.js';
import { publishedSchemas } from '../src/settings/published-schemas.js';
import { withBreakerTables } from './breaker-tables.js';
import { emulatorConfig } from './emulator-config.js';
import { openApiDocument } from './openapi/document.js';
import { settingsFiles, settingsSchema } from './settings-files.js';
import { withEndpointTable } from './tables/endpoint-table.js';
import { withMetricTable } from './tables/metric-table.js';
import { withProviderTable } from './tables/provider-table.js';
import { thirdPartyNotices } from './third-party-notices.js';

/** What was found in `schemas/`: names of files that were written, or that differ from what the code says. */
export interface SchemaGeneration {
  readonly outdated: readonly string[];
}

const currentText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
};

const breakerPage = 'docs/circuit-breaker.md';

/** The page about the breaker with its tables, where it is there. */
const breakerTables = (root: string): Readonly<Record<string, string>> => {
  const page = currentText(join(root, breakerPage));
  const source = currentText(join(root, 'src/circuit-breaker/circuit-breaker-options.ts'));
  return page === undefined || source === undefined ? {} : { [breakerPage]: withBreakerTables(page, source) };
};

/** The emulator's configuration, where there are bots. */
const emulator = (root: string): Readonly<Record<string, string>> => {
  const bots = currentText(join(root, 'bots.json'));
  return bots === undefined ? {} : { 'emulator/Config.json': emulatorConfig(bots) };
};

/** The licences of what the bundles hold, where they were built. */
const notices = (root: string): Readonly<Record<string, string>> =>
  existsSync(join(root, 'dist/bundled-packages.json')) ? { 'THIRD-PARTY-NOTICES.txt': thirdPartyNotices(root) } : {};

/** Every file of `schemas/`, by its path. */
export const generatedSchemas = (): Readonly<Record<string, string>> => ({
  ...publishedSchemas(),
  'schemas/openapi.json': `${JSON.stringify(openApiDocument(), null, 2)}\n`,
  'schemas/settings.schema.json': settingsSchema(),
});

const tables: Readonly<Record<string, (page: string) => string>> = {
  'docs/http.md': withEndpointTable,
  'docs/metrics.md': withMetricTable,
  'docs/providers.md': withProviderTable,
};

/** Files below `root` that hold generated parts, as they should be. */
const rewritten = (root: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({ ...settingsFiles, ...tables }).flatMap(([path, rewrite]) => {
      const text = currentText(join(root, path));
      return text === undefined ? [] : [[path, rewrite(text)]];
    }),
  );

/**
 * Writes what follows from the code below `root`: the files of `schemas/`, and where they are there the sample of settings, the
 * tables of pages, the emulator's configuration, which follows from `bots.json`, and the licences of what was built. With `check`, writes
 * nothing and only tells which are missing or outdated.
 */
export const generateSchemas = ({
  root,
  check,
}: {
  readonly root: string;
  readonly check: boolean;
}): SchemaGeneration => {
  const files = {
    ...generatedSchemas(),
    ...rewritten(root),
    ...breakerTables(root),
    ...emulator(root),
    ...notices(root),
  };
  const outdated = Object.entries(files).filter(([path, text]) => currentText(join(root, path)) !== text);
  for (const [path, text] of check ? [] : outdated) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { outdated: outdated.map(([path]) => path) };
};

const options = {
  check: { type: 'boolean', help: 'write nothing, and end with 1 when a file is outdated' },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Writes the JSON Schemas and everything else that is generated from the code.',
  usage: ['npm run schemas', 'npm run schemas -- --check'],
  options,
};

const generate = (check: boolean): number => {
  const { outdated } = generateSchemas({ root: process.cwd(), check });
  const names = outdated.join(', ');
  if (outdated.length === 0) console.log('Generated files are up to date.');
  else if (!check) console.log(`Written: ${names}`);
  else console.error(`Outdated: ${names}. Run "npm run schemas" and commit the result.`);
  return check && outdated.length > 0 ? 1 : 0;
};

const [, script] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href)
  await runCommand(description, async ({ values }) => generate(values.check === true));

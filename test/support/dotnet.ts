import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** A built program to start with `dotnet <path>`, or why there is none: then its tests are skipped, and say so. */
export type DotnetProgram =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly why: string };

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const artifacts = join(root, 'node_modules/.cache/dotnet');
/** NU1603: NuGet resolved a dependency in another way than asked for, which is its own affair. */
const strict = ['-p:TreatWarningsAsErrors=true', '-p:WarningsNotAsErrors=NU1603'];
const options = ['--artifacts-path', artifacts, '--nologo', '--verbosity', 'quiet', ...strict];
const environment = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' };

const isNugetFault = (fault: unknown): boolean =>
  typeof fault === 'object' && fault !== null && 'stdout' in fault && /: error NU\d+:/.test(String(fault.stdout));

/** A text that changes with the sources of a project, with how it is built and with what builds it. */
const stateOf = (project: string, version: string): string => {
  const folder = join(root, dirname(project));
  const hash = createHash('sha256').update(JSON.stringify([version, options]));
  for (const file of globSync('**/*.{cs,csproj}', { cwd: folder }).toSorted()) {
    hash.update(`${file}\0`).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
};

/**
 * Builds a .NET project of this tree, `examples/bot-dotnet/BotDotnet.csproj` say, warnings being errors, unless it was already built from
 * the same sources. It needs the .NET 10 SDK, and NuGet or the packages of an earlier build. Throws what the compiler says of code
 * that does not build.
 */
export const buildDotnet = async (project: string): Promise<DotnetProgram> => {
  const { status, stdout } = spawnSync('dotnet', ['--version'], { encoding: 'utf8' });
  if (status !== 0) return { found: false, why: 'there is no dotnet on the PATH' };
  if (Number.parseInt(stdout, 10) < 10) return { found: false, why: `dotnet ${stdout.trim()} is older than 10` };
  const name = basename(project, '.csproj');
  const path = join(artifacts, 'bin', name, 'debug', `${name}.dll`);
  const note = join(artifacts, `${name}.state`);
  const state = stateOf(project, stdout.trim());
  if (existsSync(path) && existsSync(note) && readFileSync(note, 'utf8') === state) return { found: true, path };
  try {
    await run('dotnet', ['build', join(root, project), ...options], { env: environment, timeout: 180_000 });
  } catch (fault) {
    if (isNugetFault(fault)) return { found: false, why: 'NuGet has no answer, or not the packages' };
    throw fault;
  }
  writeFileSync(note, state);
  return { found: true, path };
};

/** The title of tests that need a client, with why they are skipped where it is absent. */
export const withClient = (title: string, client: { readonly found: boolean; readonly why?: string }): string =>
  client.found ? title : `${title} (skipped: ${client.why})`;

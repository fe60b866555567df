import { execFile, spawnSync } from 'node:child_process';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** A built program to start with `dotnet <path>`, or why there is none: then its tests are skipped, and say so. */
export type DotnetProgram =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly why: string };

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const artifacts = join(root, 'node_modules/.cache/dotnet');
const quiet = ['--artifacts-path', artifacts, '--nologo', '--verbosity', 'quiet'];
const environment = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' };

/**
 * Builds a .NET project of this tree, `examples/bot-dotnet/BotDotnet.csproj` say, warnings being errors. It needs the .NET 10 SDK, and NuGet
 * or the packages of an earlier build. Throws what the compiler says of code that does not build.
 */
export const buildDotnet = async (project: string): Promise<DotnetProgram> => {
  const { status, stdout } = spawnSync('dotnet', ['--version'], { encoding: 'utf8' });
  if (status !== 0) return { found: false, why: 'there is no dotnet on the PATH' };
  if (Number.parseInt(stdout, 10) < 10) return { found: false, why: `dotnet ${stdout.trim()} is older than 10` };
  const path = join(root, project);
  try {
    await run('dotnet', ['restore', path, ...quiet], { env: environment, timeout: 120_000 });
  } catch {
    return { found: false, why: `"dotnet restore ${project}" failed: NuGet does not answer` };
  }
  // What NuGet resolved in another way is its own affair (NU1603).
  const strict = ['-p:TreatWarningsAsErrors=true', '-p:WarningsNotAsErrors=NU1603'];
  await run('dotnet', ['build', path, '--no-restore', ...strict, ...quiet], { env: environment });
  const name = basename(project, '.csproj');
  return { found: true, path: join(artifacts, 'bin', name, 'debug', `${name}.dll`) };
};

/** The title of tests that need a client, with why they are skipped where it is absent. */
export const withClient = (title: string, client: { readonly found: boolean; readonly why?: string }): string =>
  client.found ? title : `${title} (skipped: ${client.why})`;

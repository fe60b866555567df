import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bicepCache, bicepRelease, type Machine } from './find-bicep.js';

export type BicepFetch = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string };

const systems: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'osx', win32: 'win' };

/** What NuGet says of the content of the packages that have been looked at. */
const knownContent: Readonly<Record<string, string>> = {
  'Azure.Bicep.CommandLine.linux-x64':
    'z5p/I6NTOJvoQaJj0Rk3bTglGxIAVK920PiwYjrGuAl3V4wyr7yPjd3BYjRtVPBcdcrW1BtS33tSlWzB76MtNw==',
};

/** A project that downloads one package and builds nothing. */
const project = (name: string, framework: string): string => `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>${framework}</TargetFramework>
    <RestorePackagesPath>$(MSBuildThisFileDirectory)packages</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup>
    <PackageDownload Include="${name}" Version="[${bicepRelease}]" />
  </ItemGroup>
</Project>
`;

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const restore = (folder: string, name: string): BicepFetch => {
  const version = spawnSync('dotnet', ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) return { ok: false, reason: 'there is no dotnet on the PATH to fetch it with' };
  writeFileSync(join(folder, 'fetch.csproj'), project(name, `net${Number.parseInt(version.stdout, 10)}.0`));
  const restored = spawnSync('dotnet', ['restore', 'fetch.csproj'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 180_000,
  });
  if (restored.status !== 0) return { ok: false, reason: `dotnet restore failed: ${lastLine(restored.stdout)}` };
  const content = join(folder, 'packages', name.toLowerCase(), bicepRelease);
  const { contentHash } = JSON.parse(readFileSync(join(content, '.nupkg.metadata'), 'utf8'));
  const known = knownContent[name];
  if (known !== undefined && contentHash !== known)
    return { ok: false, reason: `${name} ${bicepRelease} is not the package that was looked at` };
  return { ok: true, path: join(content, 'tools') };
};

/** Fetches the compiler as a NuGet package, by `dotnet restore`, into the cache. Never throws for want of a network. */
export const fetchBicep = (machine: Machine): BicepFetch => {
  const system = systems[machine.platform];
  if (system === undefined) return { ok: false, reason: `there is no package for ${machine.platform}` };
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-bicep-'));
  try {
    const fetched = restore(folder, `Azure.Bicep.CommandLine.${system}-${process.arch}`);
    if (!fetched.ok) return fetched;
    const program = system === 'win' ? 'bicep.exe' : 'bicep';
    const cache = bicepCache(machine);
    mkdirSync(cache, { recursive: true });
    const part = join(cache, `${program}.${process.pid}`);
    copyFileSync(join(fetched.path, program), part);
    chmodSync(part, 0o755);
    renameSync(part, join(cache, program));
    return { ok: true, path: join(cache, program) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The release that the snapshots are made with: another one may write the same deployment in another way. */
export const bicepRelease = '0.49.2';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Machine {
  readonly environment: Environment;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

export type BicepSearch =
  | { readonly found: true; readonly path: string; readonly where: string }
  | { readonly found: false; readonly lookedIn: readonly string[] };

/** Where `fetchBicep` puts the compiler: outside the tree, so that a clean checkout finds it again. */
export const bicepCache = ({ environment, home }: Machine): string =>
  join(environment['XDG_CACHE_HOME'] || join(home, '.cache'), 'breakwater', 'bicep', bicepRelease);

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * Looks for the Bicep compiler: `BICEP`, the cache, which holds the very release of the snapshots, the PATH, then where
 * `az bicep install` puts it. `BICEP=off` finds none. What was found is not run.
 */
export const findBicep = (machine: Machine): BicepSearch => {
  const { environment, home, platform } = machine;
  const program = platform === 'win32' ? 'bicep.exe' : 'bicep';
  const named = environment['BICEP'];
  if (named === 'off') return { found: false, lookedIn: ['nowhere (BICEP=off)'] };
  if (named) {
    const where = `BICEP (${named})`;
    return isProgram(named) ? { found: true, path: named, where } : { found: false, lookedIn: [where] };
  }
  const places = [
    { folder: bicepCache(machine), where: bicepCache(machine) },
    ...(environment['PATH'] ?? '').split(delimiter).map((folder) => ({ folder, where: 'the PATH' })),
    { folder: join(environment['AZURE_CONFIG_DIR'] || join(home, '.azure'), 'bin'), where: 'the folder of "az bicep"' },
  ];
  const place = places.find(({ folder }) => folder !== '' && isProgram(join(folder, program)));
  return place === undefined
    ? { found: false, lookedIn: ['BICEP', ...new Set(places.map(({ where }) => where))] }
    : { found: true, path: join(place.folder, program), where: place.where };
};

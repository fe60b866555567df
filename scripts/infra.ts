import { homedir } from 'node:os';
import { parseArgs } from 'node:util';
import { checkInfra } from './infra/check-infra.js';
import { fetchBicep } from './infra/fetch-bicep.js';
import { bicepRelease, findBicep, type Machine } from './infra/find-bicep.js';
import { releaseOf } from './infra/run-bicep.js';

const usage = `Compiles and lints the Bicep files, and works out what each parameter file of infra/test would deploy.

Usage: npm run infra [-- --write | --fetch]

  --write  write infra/test/*.snapshot.json instead of comparing with them
  --fetch  only see to it that there is a compiler; ends well, and says so, when none can be had

The compiler is looked for in BICEP, in the user's cache, on the PATH and where "az bicep install" puts it. When there is none, or
one of another release than the snapshots are of, dotnet fetches it from NuGet into the cache.`;

const machine: Machine = { environment: process.env, home: homedir(), platform: process.platform };

/** The compiler of the snapshots' release, else another one that is there, else none. Says what it does. */
const obtainBicep = (): string | undefined => {
  const search = findBicep(machine);
  const release = search.found ? releaseOf(search.path) : 'none';
  console.log(
    search.found ? `Bicep ${release} found in ${search.where}` : `No Bicep compiler in ${search.lookedIn.join(', ')}`,
  );
  if (release === bicepRelease) return search.found ? search.path : undefined;
  const fetched = fetchBicep(machine);
  console.log(fetched.ok ? `Fetched ${bicepRelease} to ${fetched.path}` : `Not fetched: ${fetched.reason}`);
  if (fetched.ok) return fetched.path;
  return search.found ? search.path : undefined;
};

const check = async (bicep: string, write: boolean): Promise<boolean> => {
  let good = true;
  for await (const { what, problems } of checkInfra({ root: process.cwd(), bicep, write })) {
    console.log(`${problems.length === 0 ? '✓' : '✗'} ${what}`);
    for (const problem of problems) console.log(`  ${problem}`);
    good &&= problems.length === 0;
  }
  if (!good && !write) console.log('A change that is meant: npm run infra -- --write, and commit what it writes.');
  return good;
};

const { values } = parseArgs({
  options: { write: { type: 'boolean' }, fetch: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (values.help === true) console.log(usage);
else {
  const bicep = obtainBicep();
  if (values.fetch !== true)
    process.exitCode = bicep !== undefined && (await check(bicep, values.write === true)) ? 0 : 1;
}

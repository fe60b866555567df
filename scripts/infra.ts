import { homedir } from 'node:os';
import {
  type CommandDescription,
  type CommandInput,
  type CommandOptions,
  runCommand,
} from '../local/commands/terminal/run-command.js';
import { checkInfra } from './infra/check-infra.js';
import { fetchBicep } from './infra/fetch-bicep.js';
import { bicepRelease, findBicep, type Machine } from './infra/find-bicep.js';
import { releaseOf, startBicep } from './infra/run-bicep.js';

const options = {
  write: { type: 'boolean', help: 'write infra/test/*.snapshot.json instead of comparing with them' },
  fetch: {
    type: 'boolean',
    help: 'only see to it that there is a compiler; ends well, and says so, when none is available',
  },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Compiles and lints the Bicep files, and works out what each parameter file of infra/test would deploy.',
  usage: ['npm run infra', 'npm run infra -- --write'],
  options,
  notes: [
    'The compiler is looked for in BICEP, in your cache, on the PATH and where "az bicep install" puts it. When there is none,',
    'or one of another release than the snapshots are of, dotnet fetches it from NuGet into the cache.',
  ],
};

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
  await using server = startBicep(bicep);
  let good = true;
  for await (const { what, problems } of checkInfra({ root: process.cwd(), server, write })) {
    console.log(`${problems.length === 0 ? '✓' : '✗'} ${what}`);
    for (const problem of problems) console.log(`  ${problem}`);
    good &&= problems.length === 0;
  }
  if (!good && !write) console.log('A change that is meant: npm run infra -- --write, and commit what it writes.');
  return good;
};

const infra = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const bicep = obtainBicep();
  if (values.fetch === true) return 0;
  return bicep !== undefined && (await check(bicep, values.write === true)) ? 0 : 1;
};

await runCommand(description, infra);

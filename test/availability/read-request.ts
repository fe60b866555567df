import { CommandError } from '../../local/commands/terminal/command-error.js';
import type { CommandInput, CommandOptions } from '../../local/commands/terminal/run-command.js';
import { readWholeNumber } from '../../local/commands/terminal/whole-number.js';
import { parseFault } from '../../local/faults/fault.js';
import { localSecretOf } from '../../local/senders/local-provider-secret.js';
import { isStandInName, standInNames } from '../../local/stack/stand-ins.js';
import { readSeed } from '../support/read-seed.js';
import { type SideName, sideNames } from './plan/availability-plan.js';
import type { FixedFault, PlanOptions } from './plan/plan-availability.js';
import { type SuiteName, suiteNames, suiteRuns } from './suites.js';

export const options = {
  rate: { type: 'string', value: 'n', default: '25', help: 'deliveries a second (default: 25)' },
  seconds: { type: 'string', value: 'n', default: '180', help: 'how long they are sent (default: 180)' },
  seed: { type: 'string', value: 'n', help: 'what fails when follows from it (default: a new one, which is printed)' },
  seeds: { type: 'string', value: 'from-to', help: 'one run for each seed, and a table in Markdown at the end' },
  show: {
    type: 'string',
    value: 'seeds|alone|dead|shards',
    help: 'all runs of that kind, each against its limits, PASS or FAIL: seeds 1 to 5 with and without kills; each dependency alone; both stores; the second of two shards',
  },
  kills: { type: 'boolean', default: false, help: 'two instances, one of them killed every 6 to 14 s' },
  reconcile: {
    type: 'boolean',
    default: false,
    help: "the app asks GitHub's history for what no instance took (docs/reconcile.md); waits until it has",
  },
  both: { type: 'boolean', default: false, help: 'each seed without and with kills' },
  fault: {
    type: 'string',
    value: 'dependency:fault',
    multiple: true,
    default: [],
    help: 'this one the whole time, e.g. blob-storage:hang, service-bus:refuse, key-vault:slow:400; may be repeated',
  },
  shards: {
    type: 'string',
    value: 'n',
    default: '1',
    help: 'storage accounts and namespaces of the app (default: 1); of several, the stores of the last one fail and no others',
  },
  secret: {
    type: 'string',
    value: 'fallback|vault|cold',
    default: 'fallback',
    help: 'in a setting too, as deployed (default); in the vault alone, read before it fails; or never read before',
  },
  'queue-unavailable': {
    type: 'string',
    value: 'defer|reject',
    default: 'reject',
    help: "the app's QUEUE_UNAVAILABLE",
  },
  only: { type: 'string', value: 'app|by-hand', help: 'one side alone (default: both, side by side)' },
  json: { type: 'string', value: 'file', help: 'writes the figures there, too' },
  into: {
    type: 'string',
    value: 'file',
    help: 'puts the table between the marks of that page, e.g. docs/reliability.md',
  },
} as const satisfies CommandOptions;

type Values = CommandInput<typeof options>['values'];

/** What one run is to do. */
export interface RunRequest {
  readonly plan: PlanOptions;
  readonly sides: readonly SideName[];
  readonly settings: Readonly<Record<string, string>>;
  readonly startsCold: boolean;
  /** Whose limits it has to keep; absent: none. */
  readonly suite?: SuiteName;
  /** For people, beside the seed. */
  readonly title?: string;
}

/** What one call asks for. */
export interface AvailabilityRequest {
  readonly runs: readonly RunRequest[];
  readonly jsonFile: string | undefined;
  /** The page that holds the table. */
  readonly page: string | undefined;
  readonly suite: SuiteName | undefined;
}

const oneOf = <T extends string>(option: string, value: string, allowed: readonly T[]): T => {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new CommandError(`--${option} "${value}" is none of ${allowed.join(', ')}`);
  return found;
};

const readFixedFault = (text: string): FixedFault => {
  const [service = '', ...words] = text.split(':');
  if (!isStandInName(service))
    throw new CommandError(`--fault "${text}" does not begin with ${standInNames.join(', ')}`);
  const parsed = parseFault(words);
  if (parsed.kind === 'invalid') throw new CommandError(`--fault "${text}": ${parsed.problem}`);
  return { service, fault: words.join(' ') };
};

const readSides = (only: string | undefined): readonly SideName[] => {
  if (only === undefined) return sideNames;
  return oneOf('only', only, ['app', 'by-hand']) === 'app' ? ['Breakwater'] : ['by hand'];
};

const readSeeds = ({ seed, seeds }: Values): readonly number[] => {
  if (seeds === undefined) return [readSeed(seed)];
  const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(seeds) ?? [];
  const from = readWholeNumber(first, { option: 'seeds', from: 0, to: 999_999 });
  const to = readWholeNumber(last, { option: 'seeds', from, to: from + 99 });
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
};

/** The secret is in a setting beside the vault, as it is in Azure, unless it is said otherwise. */
const readRun = (values: Values): Omit<RunRequest, 'plan'> => {
  const secret = oneOf('secret', values.secret, ['fallback', 'vault', 'cold']);
  const vaultFails = values.fault.some((fault) => fault.startsWith('key-vault:'));
  if (secret === 'cold' && !vaultFails) throw new CommandError('--secret cold needs a --fault of key-vault');
  return {
    sides: readSides(values.only),
    settings: {
      QUEUE_UNAVAILABLE: oneOf('queue-unavailable', values['queue-unavailable'], ['defer', 'reject']),
      ...(secret === 'fallback' && { WEBHOOK_SECRET_GITHUB: localSecretOf('github').stored }),
    },
    startsCold: secret !== 'vault' && vaultFails,
  };
};

const readRuns = (values: Values): readonly RunRequest[] => {
  const run = readRun(values);
  const fixed = values.fault.map(readFixedFault);
  const rate = readWholeNumber(values.rate, { option: 'rate', from: 1, to: 1_000 });
  const seconds = readWholeNumber(values.seconds, { option: 'seconds', from: 1, to: 86_400 });
  const shards = readWholeNumber(values.shards, { option: 'shards', from: 1, to: 4 });
  const withKills = values.both ? [false, true] : [values.kills];
  return withKills.flatMap((kills) =>
    readSeeds(values).map((seed) => ({
      ...run,
      plan: { seed, rate, seconds, kills, reconciles: values.reconcile, fixed, shards },
    })),
  );
};

/** The runs of a suite are those that one would ask for one by one. */
const readSuite = (suite: SuiteName, values: Values): readonly RunRequest[] => {
  if (suite === 'seeds') {
    const series: Values = { ...values, seeds: values.seeds ?? '1-5', both: true, 'queue-unavailable': 'defer' };
    // GitHub tells of what a kill cut off: nobody else knows of it.
    const asking = ({ kills }: PlanOptions) => values.reconcile || kills;
    return readRuns(series).map((run) => ({ ...run, plan: { ...run.plan, reconciles: asking(run.plan) }, suite }));
  }
  return suiteRuns[suite].flatMap(({ title, fault, secret }) => {
    const queueUnavailable = suite === 'dead' ? 'reject' : 'defer';
    const shards = suite === 'shards' ? '2' : values.shards;
    const one: Values = { ...values, seed: values.seed ?? '1', fault: [...fault], secret, only: 'app', shards };
    const runs = readRuns({ ...one, 'queue-unavailable': queueUnavailable });
    return runs.map((run) => ({ ...run, suite, title }));
  });
};

/** Reads the options of a call. Throws `CommandError` naming what is wrong. */
export const readRequest = (values: Values): AvailabilityRequest => {
  const suite = values.show === undefined ? undefined : oneOf('show', values.show, suiteNames);
  return {
    runs: suite === undefined ? readRuns(values) : readSuite(suite, values),
    jsonFile: values.json,
    page: values.into,
    suite,
  };
};

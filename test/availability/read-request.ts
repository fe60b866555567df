import { CommandError } from '../../src/local/commands/terminal/command-error.js';
import type { CommandInput, CommandOptions } from '../../src/local/commands/terminal/run-command.js';
import { readWholeNumber } from '../../src/local/commands/terminal/whole-number.js';
import { parseFault } from '../../src/local/faults/fault.js';
import { localSecretOf } from '../../src/local/senders/local-provider-secret.js';
import { isStandInName, standInNames } from '../../src/local/stack/stand-ins.js';
import { readSeed } from '../support/read-seed.js';
import type { FixedFault, PlanOptions } from './plan/plan-availability.js';
import { type SideName, sideNames } from './stack/start-side.js';

export const options = {
  rate: { type: 'string', value: 'n', default: '25', help: 'deliveries a second (default: 25)' },
  seconds: { type: 'string', value: 'n', default: '180', help: 'how long they are sent (default: 180)' },
  seed: { type: 'string', value: 'n', help: 'what fails when follows from it (default: a new one, which is printed)' },
  kills: { type: 'boolean', default: false, help: 'two instances, one of them killed every 6 to 14 s' },
  fault: {
    type: 'string',
    value: 'dependency:fault',
    multiple: true,
    default: [],
    help: 'this one alone, the whole time: blob-storage:hang, service-bus:refuse, key-vault:slow:400; may be repeated',
  },
  secret: {
    type: 'string',
    value: 'vault|fallback|cold',
    default: 'vault',
    help: 'read before anything fails (default); from a setting while the vault fails; or not known at all',
  },
  'queue-unavailable': {
    type: 'string',
    value: 'defer|reject',
    default: 'reject',
    help: "the app's QUEUE_UNAVAILABLE",
  },
  only: { type: 'string', value: 'app|by-hand', help: 'one side alone (default: both side by side)' },
  json: { type: 'string', value: 'file', help: 'writes the figures there, too' },
} as const satisfies CommandOptions;

/** What one call asks for. */
export interface AvailabilityRequest {
  readonly plan: PlanOptions;
  readonly sides: readonly SideName[];
  readonly settings: Readonly<Record<string, string>>;
  readonly startsCold: boolean;
  readonly jsonFile: string | undefined;
}

const oneOf = <T extends string>(option: string, value: string, allowed: readonly T[]): T => {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new CommandError(`--${option} "${value}" is none of ${allowed.join(', ')}`);
  return found;
};

const readFault = (text: string): FixedFault => {
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

/** Reads the options of a call. Throws `CommandError` naming what is wrong. */
export const readRequest = (values: CommandInput<typeof options>['values']): AvailabilityRequest => {
  const secret = oneOf('secret', values.secret, ['vault', 'fallback', 'cold']);
  const fixed = values.fault.map(readFault);
  if (secret === 'cold' && fixed.length === 0) throw new CommandError('--secret cold needs a --fault');
  return {
    plan: {
      seed: readSeed(values.seed),
      rate: readWholeNumber(values.rate, { option: 'rate', from: 1, to: 1_000 }),
      seconds: readWholeNumber(values.seconds, { option: 'seconds', from: 1, to: 86_400 }),
      kills: values.kills,
      fixed,
    },
    sides: readSides(values.only),
    settings: {
      QUEUE_UNAVAILABLE: oneOf('queue-unavailable', values['queue-unavailable'], ['defer', 'reject']),
      ...(secret === 'fallback' && { WEBHOOK_SECRET_GITHUB: localSecretOf('github').stored }),
    },
    startsCold: secret !== 'vault' && fixed.length > 0,
    jsonFile: values.json,
  };
};

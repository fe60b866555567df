import * as z from 'zod';
import { environmentSchema } from '../../src/settings/environment-schema.js';
import { parseJson } from '../../src/settings/parse-json.js';
import type { FileProblem } from '../../src/settings/problem.js';
import { nearestNames } from '../senders/nearest-names.js';
import type { Variables } from './host-environment.js';

/** What `local.settings.json` says, or every problem with it. */
export type LocalSettingsReading =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>>; readonly port: number | undefined }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const valueSchema = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]);

/** As Core Tools have it: the names of the members in any case, values as text. */
const fileSchema = z.object({
  isencrypted: z
    .literal(false, { error: 'false: only func reads encrypted settings ("func settings decrypt")' })
    .default(false),
  values: z.record(z.string(), valueSchema).default({}),
  host: z.looseObject({ LocalHttpPort: z.coerce.number().int().min(1).max(65_535).optional() }).default({}),
});

const otherMembers = ['connectionstrings', '$schema'];

/** Comments and trailing commas, which Core Tools take too, become white space: places of mistakes stay what they are. */
const withoutComments = (text: string): string => {
  const blank = (part: string): string => part.replaceAll(/[^\n]/g, ' ');
  const plain = text.replaceAll(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith('"') ? part : blank(part),
  );
  return plain.replaceAll(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (part) => (part === ',' ? ' ' : part));
};

const mistypedNames = (names: readonly string[]): readonly FileProblem[] => {
  const known = Object.keys(environmentSchema.shape);
  return names
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const near = known.find((each) => each.toLowerCase() === name.toLowerCase()) ?? nearestByLetters(name, known);
      const what = 'is no setting of this app';
      return near === undefined
        ? []
        : [{ path: `Values.${name}`, what, expected: `${near}, if that is what it means` }];
    });
};

/** Only a slip of one or two letters: other programs have settings here too. */
const nearestByLetters = (name: string, known: readonly string[]): string | undefined =>
  nearestNames(name, known).find((near) => near.length > 5 && Math.abs(near.length - name.length) <= 2);

const membersOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]))
    : undefined;

const titles: Readonly<Record<string, string>> = { isencrypted: 'IsEncrypted', values: 'Values', host: 'Host' };

const expectedAt = ([first, ...rest]: readonly string[], message: string): string => {
  if (first === 'isencrypted') return message;
  if (rest.length === 0) return 'an object';
  return first === 'host' ? 'a port from 1 to 65535' : 'a text, number, true or false';
};

const problemOf = ({ path, message }: z.core.$ZodIssue): FileProblem => {
  const [first = '', ...rest] = path.map(String);
  return {
    path: [titles[first] ?? first, ...rest].join('.'),
    what: 'is of the wrong kind',
    expected: expectedAt(path.map(String), message),
  };
};

/** Reads the text of `local.settings.json` as `func` does, and is as strict as the app is with its settings. */
export const readLocalSettings = (text: string): LocalSettingsReading => {
  const json = parseJson(withoutComments(text));
  if (!json.ok) return { ok: false, problems: [{ ...json.problem, expected: 'JSON' }] };
  const members = membersOf(json.value);
  if (members === undefined)
    return { ok: false, problems: [{ path: '', what: 'is no JSON object', expected: 'IsEncrypted, Values and Host' }] };
  const known = [...Object.keys(titles), ...otherMembers];
  const unknown = Object.keys(members).filter((name) => !known.includes(name));
  const read = fileSchema.safeParse(members);
  const problems = [
    ...unknown.map((path) => ({ path, what: 'is no member of this file', expected: 'IsEncrypted, Values or Host' })),
    ...(read.success ? mistypedNames(Object.keys(read.data.values)) : read.error.issues.map(problemOf)),
  ];
  if (!read.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, values: read.data.values, port: read.data.host.LocalHttpPort };
};

/** What a run takes from its environment and its file. */
export interface MergedSettings {
  readonly environment: Variables;
  /** Names of what the file changes: set there, and not as in the sample. */
  readonly fromFile: readonly string[];
  /** Names that the environment has too: it wins. */
  readonly overridden: readonly string[];
}

/** Where the sample has the stand-ins; a stack puts the addresses that they have in its own run there. */
const standInNames = [
  'AzureWebJobsStorage',
  'PayloadStorage',
  'ServiceBus',
  'KeyVault__vaultUri',
  'NODE_EXTRA_CA_CERTS',
];

/** The environment with the file's values behind it, as `func` has it: what is exported already stays. */
export const mergeSettings = (environment: Variables, values: Variables, sample: Variables): MergedSettings => {
  const meant = Object.entries(values).filter(
    ([name, value]) => !(standInNames.includes(name) && value === sample[name]),
  );
  const isExported = ([name]: readonly [string, unknown]): boolean => environment[name] !== undefined;
  const changes = meant.filter(([name, value]) => value !== (sample[name] ?? ''));
  return {
    environment: { ...Object.fromEntries(meant), ...environment },
    fromFile: changes.filter((one) => !isExported(one)).map(([name]) => name),
    overridden: changes.filter(isExported).map(([name]) => name),
  };
};

import * as z from 'zod/mini';
import { builtInProviders } from '../providers/built-in.js';
import { describeByRules, headersOf } from '../providers/event-rules.js';
import type { Provider } from '../providers/provider.js';
import { defineProvider } from '../providers/provider.js';
import { nameForm } from '../text/text.js';
import { parseJson } from './parse-json.js';
import type { FileProblem } from './problem.js';
import { ownProviderSchema, providersFileSchema, tenantSchema } from './providers-schema.js';
import { schemaProblems } from './schema-problems.js';

/** The senders of one's own, or everything that is wrong with their file. */
export type ProvidersReading =
  | { readonly ok: true; readonly providers: readonly Provider[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

type EntryReading =
  | { readonly provider: Provider; readonly problems: readonly [] }
  | { readonly provider?: undefined; readonly problems: readonly FileProblem[] };

/** Entries are read one by one, so that each problem is that of the kind of provider that was meant. */
const looseFileSchema = z.extend(providersFileSchema, {
  providers: z.record(z.string(), z.unknown(), { error: 'an object of providers by name' }),
});

const nameProblems = (name: string): readonly FileProblem[] => {
  const path = `providers.${name}`;
  if (!nameForm.test(name)) {
    return [{ path, what: 'is no name', expected: '1 to 63 lower-case letters, digits and hyphens' }];
  }
  const isTaken = builtInProviders.some((provider) => provider.name === name);
  return isTaken ? [{ path, what: 'is the name of a built-in provider', expected: 'a name of its own' }] : [];
};

const below = (name: string, problems: readonly FileProblem[]): readonly FileProblem[] =>
  problems.map((problem) => ({ ...problem, path: `providers.${name}${problem.path && '.'}${problem.path}` }));

const readTenant = (name: string, entry: unknown): EntryReading => {
  const parsed = tenantSchema.safeParse(entry);
  if (!parsed.success) return { problems: below(name, schemaProblems(parsed.error.issues, entry)) };
  const base = builtInProviders.find((provider) => provider.name === parsed.data.extends);
  if (base !== undefined) return { provider: { ...base, name }, problems: [] };
  const expected = `a built-in provider: ${builtInProviders.map((provider) => provider.name).join(', ')}`;
  const what = `is ${JSON.stringify(parsed.data.extends)}`;
  return { problems: [{ path: `providers.${name}.extends`, what, expected }] };
};

const readOwn = (name: string, entry: unknown): EntryReading => {
  const parsed = ownProviderSchema.safeParse(entry);
  if (!parsed.success) return { problems: below(name, schemaProblems(parsed.error.issues, entry)) };
  const { signing, contentTypes, replyBudgetMs, acceptedStatus, ...rules } = parsed.data;
  const provider = defineProvider({
    name,
    signing: [signing],
    contentTypes,
    replyBudgetMs,
    acceptedStatus,
    afterFailure: 'As its makers decided.',
    factHeaders: headersOf(rules),
    describe: describeByRules(name, rules),
  });
  return { provider, problems: [] };
};

const isTenant = (entry: unknown): boolean => typeof entry === 'object' && entry !== null && 'extends' in entry;

const readEntry = ([name, entry]: readonly [string, unknown]): EntryReading => {
  const problems = nameProblems(name);
  const reading = isTenant(entry) ? readTenant(name, entry) : readOwn(name, entry);
  return problems.length === 0 ? reading : { problems: [...problems, ...reading.problems] };
};

/** Reads the text of `providers.json`: the providers, ready to verify, or every problem with its path. */
export const readProviders = (text: string): ProvidersReading => {
  const json = parseJson(text);
  if (!json.ok) return { ok: false, problems: [json.problem] };
  const file = looseFileSchema.safeParse(json.value);
  if (!file.success) return { ok: false, problems: schemaProblems(file.error.issues, json.value) };
  const entries = Object.entries(file.data.providers).map(readEntry);
  const problems = entries.flatMap((entry) => entry.problems);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, providers: entries.flatMap(({ provider }) => (provider === undefined ? [] : [provider])) };
};

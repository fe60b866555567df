import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/*
 * `node scripts/deployment/write-parameters.ts` prints the parameters of a deployment, as Azure CLI takes them: those of
 * `infra/main.parameters.json`, which azd reads, too. It needs nothing but Node.js. Variables come from the environment, and from
 * the JSON object in `VARIABLES`, such as a workflow's `toJSON(vars)`.
 */

type Values = Readonly<Record<string, string | undefined>>;

export interface ParameterSources {
  /** `main.parameters.json`. */
  readonly parameters: string;
  /** `main.bicep`, which says of which type each parameter is. */
  readonly template: string;
  readonly values: Values;
}

export type ParametersReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problems: readonly string[] };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const typesIn = (template: string): ReadonlyMap<string, string> =>
  new Map([...template.matchAll(/^param (\w+) (\w+)/gm)].map(([, name = '', type = '']) => [name, type]));

const variable = /\$\{(\w+)(?:=([^}]*))?\}/g;

/** azd's own words: `${NAME}`, and `${NAME=default}` for a variable that is unset or empty. */
const substitute = (text: string, values: Values, missing: (name: string) => void): string =>
  text.replaceAll(variable, (_whole, name: string, fallback: string | undefined) => {
    const value = values[name] || fallback;
    if (value === undefined) missing(name);
    return value ?? '';
  });

const typed = (text: string, type: string | undefined): unknown => {
  if (type === 'int' && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'bool' && /^(true|false)$/.test(text)) return text === 'true';
  return type === 'string' ? text : undefined;
};

/** Every parameter of the file with its variables filled in and the type that the template gives it, or what is wrong with them. */
export const resolveParameters = ({ parameters, template, values }: ParameterSources): ParametersReading => {
  const file: unknown = JSON.parse(parameters);
  const entries = isObject(file) && isObject(file['parameters']) ? Object.entries(file['parameters']) : [];
  const types = typesIn(template);
  const problems: string[] = [];
  const resolved = entries.map(([name, entry]) => {
    const written = isObject(entry) ? entry['value'] : undefined;
    if (!types.has(name)) problems.push(`${name} is no parameter of the template`);
    if (typeof written !== 'string') return [name, { value: written }] as const;
    const missing: string[] = [];
    const text = substitute(written, values, (variableName) => missing.push(`${variableName} is not set`));
    const value = typed(text, types.get(name));
    if (missing.length === 0 && value === undefined)
      problems.push(`${name} is "${text}", not of type ${types.get(name)}`);
    problems.push(...missing);
    return [name, { value }] as const;
  });
  if (problems.length > 0) return { ok: false, problems };
  const schema = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#';
  const whole = { $schema: schema, contentVersion: '1.0.0.0', parameters: Object.fromEntries(resolved) };
  return { ok: true, text: `${JSON.stringify(whole, null, 2)}\n` };
};

const variablesOf = (environment: Values): Values => {
  const given: unknown = JSON.parse(environment['VARIABLES'] || '{}');
  const listed = isObject(given) ? Object.entries(given).map(([name, value]) => [name, String(value)] as const) : [];
  return { ...environment, ...Object.fromEntries(listed) };
};

const main = (): void => {
  const infra = join(import.meta.dirname, '../../infra');
  const reading = resolveParameters({
    parameters: readFileSync(join(infra, 'main.parameters.json'), 'utf8'),
    template: readFileSync(join(infra, 'main.bicep'), 'utf8'),
    values: variablesOf(process.env),
  });
  if (reading.ok) {
    process.stdout.write(reading.text);
    return;
  }
  for (const problem of reading.problems) console.error(problem);
  process.exitCode = 1;
};

const [, script] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href) main();

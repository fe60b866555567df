import type * as z from 'zod/mini';
import { environmentSchema } from '../src/settings/environment-schema.js';
import { type SettingFacts, settingFacts, varyingSettings } from '../src/settings/setting-row.js';
import { tableRow, withTable } from './tables/table-in.js';

interface Setting extends SettingFacts {
  readonly name: string;
  /** As it stands in the environment; absent: there is none. */
  readonly fallback: string | undefined;
  /** What a value must be; absent: any text. */
  readonly expected: string | undefined;
}

/** Nobody's value: what a form says of it is what it expects. */
const nonsense = '\0';

const settingOf = ([name, form]: readonly [string, z.ZodMiniType]): Setting => {
  const facts = settingFacts.get(form);
  if (facts === undefined) throw new TypeError(`${name} is no row`);
  const fallback = form.safeParse(undefined).data;
  return {
    ...facts,
    name,
    fallback: fallback === undefined ? undefined : String(fallback),
    expected: form.safeParse(nonsense).error?.issues[0]?.message,
  };
};

const settings: readonly Setting[] = Object.entries(environmentSchema.shape).map(settingOf);

/** The table of docs/settings.md. */
const table = (): string =>
  [
    '| setting | default | meaning |',
    '| --- | --- | --- |',
    ...settings.map(({ name, fallback, meaning }) =>
      tableRow([`\`${name}\``, fallback === undefined ? '' : `\`${fallback}\``, meaning]),
    ),
    ...Object.entries(varyingSettings).map(([name, meaning]) => tableRow([`\`${name}\``, '', meaning])),
  ].join('\n');

/** What only the Functions host reads, and one of each setting whose name varies. */
const hostValues = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  FUNCTIONS_WORKER_RUNTIME: 'node',
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '26476544',
  NODE_EXTRA_CA_CERTS: '.local/key-vault/ca.pem',
} as const;

const examples = {
  WEBHOOK_SECRET_GITHUB: '',
  SOURCE_RANGES_GITHUB: '',
  CircuitBreaker__serviceBus__failureThreshold: '5',
  CircuitBreaker__blobStorage__failureThreshold: '5',
  CircuitBreaker__keyVault__failureThreshold: '3',
} as const;

const sample = (): string => {
  const values = settings.map(({ name, local, fallback }) => [name, local ?? fallback ?? '']);
  const Values = { ...hostValues, ...Object.fromEntries(values), ...examples };
  return `${JSON.stringify({ IsEncrypted: false, Values, Host: { LocalHttpPort: 7071 } }, null, 2)}\n`;
};

const withoutMarkdown = (text: string): string => text.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('`', '');

/** What an editor needs to complete and check the settings of an environment. */
export const settingsSchema = (): string => {
  const properties = settings.map(({ name, meaning, expected, fallback }) => [
    name,
    {
      type: 'string',
      description: withoutMarkdown(expected === undefined ? meaning : `${meaning}. Expected: ${expected}`),
      ...(fallback !== undefined && { default: fallback }),
    },
  ]);
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Breakwater settings',
    description: 'The app settings of a function app, or "Values" of local.settings.json',
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: { type: 'string' },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
};

/** Files that hold the settings beside other things: what each should be, given what it is. */
export const settingsFiles: Readonly<Record<string, (text: string) => string>> = {
  'local.settings.sample.json': sample,
  'docs/settings.md': withTable('settings', table),
};

import * as z from 'zod/mini';
import { isNcrontab } from './ncrontab.js';

export const text = () => z.optional(z.string());

interface Range {
  readonly from: number;
  readonly to: number;
  readonly fallback: number;
  readonly unit: string;
}

export const wholeNumber = ({ from, to, fallback, unit }: Range) => {
  const isInRange = (digits: string): boolean =>
    /^\d{1,15}$/.test(digits) && Number(digits) >= from && Number(digits) <= to;
  const error = `a whole number of ${unit} from ${from} to ${to}`;
  return z._default(z.pipe(z.string().check(z.refine(isInRange, { error })), z.transform(Number)), fallback);
};

const itemsOf = (value: string): string[] => [
  ...new Set(
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ),
];

const itemList = ({ item, error }: { item: RegExp; error: string }) => {
  const isList = (value: string): boolean => {
    const items = itemsOf(value);
    return items.length > 0 && items.every((each) => item.test(each));
  };
  return z.pipe(z.string().check(z.refine(isList, { error })), z.transform(itemsOf));
};

export const list = ({ fallback, ...form }: { item: RegExp; fallback: readonly string[]; error: string }) =>
  z._default(itemList(form), [...fallback]);

/** Hooks of a sender, a provider's name and `=` before any. */
export const hooks = (item: RegExp, forms: string) =>
  z.optional(itemList({ item, error: `${forms}, separated by commas, a provider and = before any` }));

export const schedule = (fallback: string, off?: string) => {
  const error = `a six-field NCRONTAB expression (seconds first) such as "${fallback}"${off === undefined ? '' : `, or ${off}`}`;
  const isSchedule = (value: string): boolean => value === off || isNcrontab(value);
  return z._default(z.string().check(z.refine(isSchedule, { error })), fallback);
};

export const clientId = () =>
  z.optional(z.guid({ error: 'the client id (a GUID) of a user-assigned managed identity' }));
export const credential = () => z.optional(z.literal('managedidentity', { error: '"managedidentity", or unset' }));

export const telemetryConnection = () =>
  z.optional(
    z.string().check(
      z.regex(/(^|;)InstrumentationKey=[0-9a-f-]{36}(;|$)/i, {
        error: 'a connection string with an InstrumentationKey',
      }),
    ),
  );

export const telemetryIdentity = () =>
  z.optional(
    z.string().check(
      z.regex(/^(ClientId=[0-9a-f-]{36};)?Authorization=AAD(;ClientId=[0-9a-f-]{36})?;?$/i, {
        error: '"Authorization=AAD", with or without a ClientId',
      }),
    ),
  );

/** What people are told of a setting, beside its form: once, for the table in docs/, the sample file and the JSON Schema. */
export interface SettingFacts {
  /** Markdown; links are relative to docs/. */
  readonly meaning: string;
  /** Its value neither is nor holds a secret: a problem may show it. */
  readonly shown?: true;
  /** Its value in `local.settings.sample.json`; absent: its default. */
  readonly local?: string;
}

export const settingFacts = z.registry<SettingFacts>();

/** A setting: what people are told of it, and its form. */
export const row = <Form extends z.ZodMiniType>(facts: SettingFacts, form: Form): Form => {
  settingFacts.add(form, facts);
  return form;
};

/** Settings a part of whose name varies; each is read beside the schema. */
export const varyingSettings: Readonly<Record<string, string>> = {
  'WEBHOOK_SECRET_{PROVIDER}':
    'the fallback: used while the vault has not answered since the instance started. Set them as [Key Vault references](https://learn.microsoft.com/azure/app-service/app-service-key-vault-references), as `infra` does; one that was not resolved counts as unset. The name is in upper case, with `_` for anything but letters and digits',
  'SOURCE_RANGES_{PROVIDER}':
    "where that provider's deliveries may come from: ranges such as `192.30.252.0/22`, or `github-meta`, separated by commas. Unset: from everywhere",
  'CircuitBreaker__{serviceBus|blobStorage|keyVault}__{option}':
    'changes one number of a breaker, e.g. `CircuitBreaker__blobStorage__coolDownMs`',
  CircuitBreaker__preset:
    '`production`: the numbers of REQ-009; `staging`: 15 s cool-down, 2 successes to close; `development`: 10 failures to open, 5 s cool-down, 1 success to close. Single options win over it',
};

import * as z from 'zod/mini';
import { parseConnectionString, parsePlainUrl } from './connection-string.js';
import type { SettingProblem } from './problem.js';
import { readPayloadStorage } from './read-payload-storage.js';
import { readServiceBus } from './read-service-bus.js';
import { invalid, type RawEnvironment, type Reading, valid } from './reading.js';
import type { PayloadStorageSettings, ServiceBusSettings, Settings } from './settings.js';

/** The accounts and namespaces beside the first; absent: none. */
export type ShardSettings = Pick<Settings, 'accounts' | 'namespaces'>;

const name = z.string().check(z.regex(/^[a-z0-9](-?[a-z0-9]){0,19}$/));
const text = z.string().check(z.minLength(1));

const accountSchema = z.strictObject({
  name,
  blobServiceUri: z.optional(text),
  connectionString: z.optional(text),
});

const namespaceSchema = z.strictObject({
  name,
  fullyQualifiedNamespace: z.optional(text),
  connectionString: z.optional(text),
  bots: z.optional(z.array(text).check(z.minLength(1))),
});

/** Far more than anybody needs: with each one, every message and payload is hashed once more. */
const mostShards = 15;

const expectedForm = (key: string): string =>
  `a JSON array of at most ${mostShards} objects such as {"name":"2","${key}":"…"}: name of lower-case letters, digits and single hyphens, at most 20`;

const parseList = <T extends z.ZodMiniType>(
  environment: RawEnvironment,
  { setting, key, item }: { readonly setting: string; readonly key: string; readonly item: T },
): Reading<readonly z.infer<T>[]> => {
  const json = environment[setting];
  if (json === undefined) return valid([]);
  const problem = { name: setting, what: 'does not have the expected form', expected: expectedForm(key) };
  try {
    const parsed = z.array(item).check(z.maxLength(mostShards)).safeParse(JSON.parse(json));
    return parsed.success ? valid(parsed.data) : invalid(problem);
  } catch {
    return invalid(problem);
  }
};

const repeatsIn = (texts: readonly string[]): readonly string[] => [
  ...new Set(texts.filter((one, index) => texts.indexOf(one) !== index)),
];

const repeatedNames = (setting: string, shards: readonly { readonly name: string }[]): readonly SettingProblem[] =>
  repeatsIn(shards.map((shard) => shard.name)).map((repeated) => ({
    name: setting,
    what: `names two shards "${repeated}"`,
    expected: 'a name of its own for each',
  }));

/** Two shards at one place would share their fate, and their load. */
const sharedPlaces = (setting: string, places: readonly string[]): readonly SettingProblem[] =>
  repeatsIn(places.map((place) => place.toLowerCase().replace(/\/+$/, ''))).map(() => ({
    name: setting,
    what: 'leads to one place twice',
    expected: 'another place for each shard, and none that the first one has',
  }));

/** What a connection string or an endpoint leads to; secrets are left out. */
const accountPlace = (settings: PayloadStorageSettings): string => {
  if (settings.kind === 'identity') return new URL(settings.blobServiceUri).href;
  const parts = parseConnectionString(settings.connectionString);
  const suffix = parts?.get('endpointsuffix') ?? '';
  return parts?.get('blobendpoint') ?? `https://${parts?.get('accountname') ?? 'emulator'}.blob.${suffix}`;
};

const namespacePlace = (settings: ServiceBusSettings): string => {
  if (settings.kind === 'identity') return settings.fullyQualifiedNamespace;
  return parsePlainUrl(parseConnectionString(settings.connectionString)?.get('endpoint') ?? '')?.host ?? '';
};

/** A shard's own connection, read as the first one's is. */
const renamed = <T>(reading: Reading<T>, setting: string, shard: string): Reading<T> =>
  reading.ok
    ? reading
    : invalid(
        ...reading.problems.map(({ what, expected }) => ({ name: setting, what: `"${shard}": ${what}`, expected })),
      );

type Named<T> = T & { readonly name: string };

const allOf = <T>(readings: readonly Reading<T>[], problems: readonly SettingProblem[]): Reading<readonly T[]> => {
  const all = [...readings.flatMap((reading) => (reading.ok ? [] : reading.problems)), ...problems];
  return all.length > 0 ? invalid(...all) : valid(readings.flatMap((reading) => (reading.ok ? [reading.value] : [])));
};

const readAccounts = (
  raw: RawEnvironment,
  development: boolean,
  first: Reading<PayloadStorageSettings>,
): Reading<readonly Named<PayloadStorageSettings>[]> => {
  const setting = 'PayloadStorage__shards';
  const list = parseList(raw, { setting, key: 'blobServiceUri', item: accountSchema });
  if (!list.ok) return list;
  const readings = list.value.map(({ name: shard, blobServiceUri, connectionString }) => {
    const own = {
      ...(connectionString !== undefined && { PayloadStorage: connectionString }),
      ...(blobServiceUri !== undefined && { PayloadStorage__blobServiceUri: blobServiceUri }),
      ...identityOf(raw, 'PayloadStorage__clientId'),
    };
    const reading = renamed(readPayloadStorage(own, development), setting, shard);
    return reading.ok ? valid({ ...reading.value, name: shard }) : reading;
  });
  const places = [first, ...readings].flatMap((reading) => (reading.ok ? [accountPlace(reading.value)] : []));
  return allOf(readings, [...repeatedNames(setting, list.value), ...sharedPlaces(setting, places)]);
};

const identityOf = (raw: RawEnvironment, setting: string): RawEnvironment => {
  const clientId = raw[setting] ?? raw['AZURE_CLIENT_ID'];
  return clientId === undefined ? {} : { AZURE_CLIENT_ID: clientId };
};

type NamespaceSettings = Named<ServiceBusSettings> & { readonly bots?: readonly string[] };

const readNamespaces = (
  raw: RawEnvironment,
  development: boolean,
  first: Reading<ServiceBusSettings>,
): Reading<readonly NamespaceSettings[]> => {
  const setting = 'ServiceBus__shards';
  const list = parseList(raw, { setting, key: 'fullyQualifiedNamespace', item: namespaceSchema });
  if (!list.ok) return list;
  const readings = list.value.map(({ name: shard, fullyQualifiedNamespace, connectionString, bots }) => {
    const own = {
      ...(connectionString !== undefined && { ServiceBus: connectionString }),
      ...(fullyQualifiedNamespace !== undefined && { ServiceBus__fullyQualifiedNamespace: fullyQualifiedNamespace }),
      ...identityOf(raw, 'ServiceBus__clientId'),
    };
    const reading = renamed(readServiceBus(own, development), setting, shard);
    return reading.ok ? valid({ ...reading.value, name: shard, ...(bots !== undefined && { bots }) }) : reading;
  });
  const shared = repeatsIn(list.value.flatMap(({ bots = [] }) => bots)).map((bot) => ({
    name: setting,
    what: `gives bot "${bot}" two namespaces`,
    expected: 'one namespace for each bot',
  }));
  const places = [first, ...readings].flatMap((reading) => (reading.ok ? [namespacePlace(reading.value)] : []));
  return allOf(readings, [...repeatedNames(setting, list.value), ...shared, ...sharedPlaces(setting, places)]);
};

/** Reads `PayloadStorage__shards` and `ServiceBus__shards`. Problems show no connection string. */
export const readShards = (
  raw: RawEnvironment,
  development: boolean,
  first: { readonly payloadStorage: Reading<PayloadStorageSettings>; readonly serviceBus: Reading<ServiceBusSettings> },
): Reading<ShardSettings> => {
  const accounts = readAccounts(raw, development, first.payloadStorage);
  const namespaces = readNamespaces(raw, development, first.serviceBus);
  if (!accounts.ok) return invalid(...accounts.problems, ...(namespaces.ok ? [] : namespaces.problems));
  if (!namespaces.ok) return namespaces;
  return valid({
    ...(accounts.value.length > 0 && { accounts: accounts.value }),
    ...(namespaces.value.length > 0 && { namespaces: namespaces.value }),
  });
};

/** Bots that a namespace names and that do not exist. */
export const unknownBots = (
  { namespaces = [] }: ShardSettings,
  bots: readonly { readonly name: string }[],
): readonly SettingProblem[] =>
  namespaces
    .flatMap(({ bots: named = [] }) => named)
    .filter((bot) => !bots.some((known) => known.name === bot))
    .map((bot) => ({
      name: 'ServiceBus__shards',
      what: `names bot "${bot}"`,
      expected: `any of ${bots.map((known) => known.name).join(', ')}`,
    }));

import { isLoopback, parseConnectionString, parsePlainUrl } from './connection-string.js';
import { invalid, type RawEnvironment, type Reading, valid } from './reading.js';
import type { PayloadStorageSettings } from './settings.js';

const expectedConnectionString =
  'a storage connection string: DefaultEndpointsProtocol, AccountName, AccountKey and EndpointSuffix or BlobEndpoint, or BlobEndpoint and SharedAccessSignature';
const expectedUri = 'the https URL of a blob endpoint, without a query, e.g. https://account.blob.core.windows.net';
const expectedOutsideDevelopment = 'a storage account in Azure outside development';

const isComplete = (parts: ReadonlyMap<string, string>): boolean => {
  const has = (...names: readonly string[]): boolean => names.every((name) => (parts.get(name) ?? '') !== '');
  const account = /^https?$/.test(parts.get('defaultendpointsprotocol') ?? '') && has('accountname', 'accountkey');
  return (
    /^true$/i.test(parts.get('usedevelopmentstorage') ?? '') ||
    (account && (has('endpointsuffix') || has('blobendpoint'))) ||
    has('blobendpoint', 'sharedaccesssignature')
  );
};

const isEmulator = (parts: ReadonlyMap<string, string>): boolean => {
  const endpoint = parsePlainUrl(parts.get('blobendpoint') ?? '');
  return (
    parts.has('usedevelopmentstorage') ||
    [...parts.values()].some((value) => /\bdevstoreaccount1\b/i.test(value)) ||
    (endpoint !== undefined && isLoopback(endpoint.hostname))
  );
};

const fromConnectionString = (text: string, development: boolean): Reading<PayloadStorageSettings> => {
  const name = 'PayloadStorage';
  const parts = parseConnectionString(text);
  if (parts === undefined || !isComplete(parts))
    return invalid({ name, what: 'is not a usable connection string', expected: expectedConnectionString });
  if (!development && isEmulator(parts))
    return invalid({ name, what: 'points at a local emulator', expected: expectedOutsideDevelopment });
  return valid({ kind: 'connection-string', connectionString: text });
};

const fromUri = (environment: RawEnvironment, development: boolean): Reading<PayloadStorageSettings> => {
  const name = 'PayloadStorage__blobServiceUri';
  const text = environment[name] ?? '';
  const url = parsePlainUrl(text);
  if (url?.protocol !== 'https:') return invalid({ name, what: 'is not an https URL', expected: expectedUri });
  if (!development && (isLoopback(url.hostname) || url.pathname.includes('devstoreaccount1')))
    return invalid({ name, what: 'points at a local emulator', expected: expectedOutsideDevelopment });
  const managedIdentityClientId = environment['PayloadStorage__clientId'] ?? environment['AZURE_CLIENT_ID'];
  return valid({ kind: 'identity', blobServiceUri: text, managedIdentityClientId });
};

/** Reads `PayloadStorage` or `PayloadStorage__blobServiceUri`: exactly one of them, emulators in development only. */
export const readPayloadStorage = (
  environment: RawEnvironment,
  development: boolean,
): Reading<PayloadStorageSettings> => {
  const connectionString = environment['PayloadStorage'];
  const uri = environment['PayloadStorage__blobServiceUri'];
  if (connectionString !== undefined && uri !== undefined)
    return invalid({
      name: 'PayloadStorage',
      what: 'is set together with PayloadStorage__blobServiceUri',
      expected: 'one of the two',
    });
  if (connectionString !== undefined) return fromConnectionString(connectionString, development);
  if (uri !== undefined) return fromUri(environment, development);
  return invalid({
    name: 'PayloadStorage',
    what: 'is not set',
    expected: 'a connection string, or PayloadStorage__blobServiceUri with the endpoint to use with an identity',
  });
};

import { isLoopback, parseConnectionString, parsePlainUrl } from './connection-string.js';
import { invalid, type RawEnvironment, type Reading, valid } from './reading.js';
import type { ServiceBusSettings } from './settings.js';

const expectedConnectionString =
  'a Service Bus connection string: Endpoint=sb://…, and SharedAccessKeyName with SharedAccessKey, or SharedAccessSignature';
const expectedHost = 'a host name without scheme, e.g. my-namespace.servicebus.windows.net';
const expectedOutsideDevelopment = 'a Service Bus namespace in Azure outside development';

const isComplete = (parts: ReadonlyMap<string, string>): boolean => {
  const has = (name: string): boolean => (parts.get(name) ?? '') !== '';
  const endpoint = parsePlainUrl(parts.get('endpoint') ?? '');
  const key = has('sharedaccesskeyname') && has('sharedaccesskey');
  return endpoint?.protocol === 'sb:' && (key || has('sharedaccesssignature'));
};

const isEmulator = (parts: ReadonlyMap<string, string>): boolean => {
  const endpoint = parsePlainUrl(parts.get('endpoint') ?? '');
  return parts.has('usedevelopmentemulator') || (endpoint !== undefined && isLoopback(endpoint.hostname));
};

const fromConnectionString = (text: string, development: boolean): Reading<ServiceBusSettings> => {
  const name = 'ServiceBus';
  const parts = parseConnectionString(text);
  if (parts === undefined || !isComplete(parts))
    return invalid({ name, what: 'is not a usable connection string', expected: expectedConnectionString });
  if (parts.has('entitypath'))
    return invalid({
      name,
      what: 'names one queue (EntityPath)',
      expected: "the namespace's own connection string, without EntityPath",
    });
  if (!development && isEmulator(parts))
    return invalid({ name, what: 'points at a local emulator', expected: expectedOutsideDevelopment });
  return valid({ kind: 'connection-string', connectionString: text });
};

const fromHost = (environment: RawEnvironment, development: boolean): Reading<ServiceBusSettings> => {
  const name = 'ServiceBus__fullyQualifiedNamespace';
  const host = environment[name] ?? '';
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host))
    return invalid({ name, what: 'is not a host name', expected: expectedHost });
  if (!development && isLoopback(host))
    return invalid({ name, what: 'points at this machine', expected: expectedOutsideDevelopment });
  const managedIdentityClientId = environment['ServiceBus__clientId'] ?? environment['AZURE_CLIENT_ID'];
  return valid({ kind: 'identity', fullyQualifiedNamespace: host, managedIdentityClientId });
};

/** Reads `ServiceBus` or `ServiceBus__fullyQualifiedNamespace`: exactly one of them, emulators in development only. */
export const readServiceBus = (environment: RawEnvironment, development: boolean): Reading<ServiceBusSettings> => {
  const connectionString = environment['ServiceBus'];
  const host = environment['ServiceBus__fullyQualifiedNamespace'];
  if (connectionString !== undefined && host !== undefined)
    return invalid({
      name: 'ServiceBus',
      what: 'is set together with ServiceBus__fullyQualifiedNamespace',
      expected: 'one of the two',
    });
  if (connectionString !== undefined) return fromConnectionString(connectionString, development);
  if (host !== undefined) return fromHost(environment, development);
  return invalid({
    name: 'ServiceBus',
    what: 'is not set',
    expected: 'a connection string, or ServiceBus__fullyQualifiedNamespace with the host to use with an identity',
  });
};

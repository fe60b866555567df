import { clientId, credential, row, text } from './setting-row.js';

/** What the app connects to, and as whom. */
export const connectionRows = {
  AZURE_FUNCTIONS_ENVIRONMENT: row(
    {
      meaning: 'only `Development` allows emulators and the published local secrets. The host sets it',
      local: 'Development',
    },
    text(),
  ),
  PayloadStorage: row(
    { meaning: "connection string of the archive's storage account", local: 'UseDevelopmentStorage=true' },
    text(),
  ),
  PayloadStorage__blobServiceUri: row({ meaning: "or its blob endpoint, used with the app's identity" }, text()),
  PayloadStorage__credential: row(
    { meaning: 'how its identity signs in: `managedidentity`, or unset', shown: true },
    credential(),
  ),
  PayloadStorage__clientId: row({ meaning: 'the user-assigned identity for it' }, clientId()),
  PayloadStorage__shards: row(
    {
      meaning:
        'further storage accounts that share the load, a JSON array: `[{"name":"2","blobServiceUri":"https://…"}]` ([how](capacity.md#shards))',
    },
    text(),
  ),
  ServiceBus: row(
    {
      meaning: 'connection string of the Service Bus namespace',
      local:
        'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;',
    },
    text(),
  ),
  ServiceBus__fullyQualifiedNamespace: row({ meaning: "or its host name, used with the app's identity" }, text()),
  ServiceBus__credential: row(
    { meaning: 'how its identity signs in: `managedidentity`, or unset', shown: true },
    credential(),
  ),
  ServiceBus__clientId: row({ meaning: 'the user-assigned identity for it' }, clientId()),
  ServiceBus__shards: row(
    {
      meaning:
        'further namespaces, likewise: `[{"name":"2","fullyQualifiedNamespace":"…"}]`; with `"bots":["notifier"]` one is for these bots alone',
    },
    text(),
  ),
  KeyVault__vaultUri: row(
    {
      meaning:
        'the vault with `github-webhook-secret` and `admin-token`. In development it may be unset: then `WEBHOOK_SECRET_{PROVIDER}` and `ADMIN_TOKEN` are the secrets',
      local: 'https://127.0.0.1:8443',
    },
    text(),
  ),
  AZURE_CLIENT_ID: row({ meaning: 'the user-assigned identity wherever a connection names none' }, clientId()),
  ADMIN_TOKEN: row(
    { meaning: 'the fallback for `admin-token`, as `WEBHOOK_SECRET_{PROVIDER}` is for a secret' },
    text(),
  ),
} as const;

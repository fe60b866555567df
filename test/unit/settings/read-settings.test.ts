import { describe, expect, it } from 'vitest';
import { describeProblems } from '../../../src/settings/problem.js';
import { readSettings } from '../../../src/settings/read-settings.js';
import type { Settings } from '../../../src/settings/settings.js';

const storageKey = Buffer.alloc(64, 7).toString('base64');
const storage = `DefaultEndpointsProtocol=https;AccountName=webhooks;AccountKey=${storageKey};EndpointSuffix=core.windows.net`;
const serviceBus =
  'Endpoint=sb://bots.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0LWtleQ==';
const azure = {
  PayloadStorage__blobServiceUri: 'https://webhooks.blob.core.windows.net',
  ServiceBus__fullyQualifiedNamespace: 'bots.servicebus.windows.net',
  KeyVault__vaultUri: 'https://hooks.vault.azure.net',
};
const development = {
  AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  PayloadStorage: 'UseDevelopmentStorage=true',
  ServiceBus: 'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true;',
  KeyVault__vaultUri: 'https://127.0.0.1:8443',
};

const settingsOf = (variables: Record<string, string | undefined>): Settings => {
  const reading = readSettings(variables);
  if (!reading.ok) throw new Error(describeProblems(reading.problems));
  return reading.settings;
};

const problemsOf = (variables: Record<string, string | undefined>) => {
  const reading = readSettings(variables);
  return reading.ok ? [] : reading.problems;
};

const namesOf = (variables: Record<string, string | undefined>) => problemsOf(variables).map(({ name }) => name);

describe('settings', () => {
  it('settings: three endpoints and the identity are enough in Azure, all else has a default', () => {
    const settings = settingsOf(azure);

    expect(settings).toMatchObject({
      development: false,
      payloadStorage: {
        kind: 'identity',
        blobServiceUri: 'https://webhooks.blob.core.windows.net',
        managedIdentityClientId: undefined,
      },
      serviceBus: {
        kind: 'identity',
        fullyQualifiedNamespace: 'bots.servicebus.windows.net',
        managedIdentityClientId: undefined,
      },
      keyVault: {
        kind: 'vault',
        vaultUri: 'https://hooks.vault.azure.net',
        managedIdentityClientId: undefined,
        fallback: {},
      },
      providers: ['github'],
      botsConfig: 'bots.json',
      providersConfig: 'providers.json',
      queueUnavailable: 'reject',
      requestBudgetMs: 9000,
      maxPayloadBytes: 26_214_400,
      maxMessageBytes: 196_608,
      quarantine: { maxCount: 10_000, maxBytes: 536_870_912, addressShare: 0.5 },
      secretRefreshMs: 300_000,
      secretMaxStaleMs: 86_400_000,
      outboxSchedule: '*/30 * * * * *',
      outboxMaxAgeMs: 259_200_000,
      circuitBreakers: { serviceBus: {}, blobStorage: {}, keyVault: {} },
      sourceRanges: {},
      githubMetaUrl: 'https://api.github.com/meta',
      console: false,
      sharedBreakers: false,
      bodyRecordSize: 200_000,
      githubMetaSchedule: '0 7,37 * * * *',
      allowedOrigins: ['eventgrid.azure.net'],
      telemetry: undefined,
    });
  });

  it('settings: connection strings of real accounts are accepted outside development', () => {
    const settings = settingsOf({
      PayloadStorage: storage,
      ServiceBus: serviceBus,
      KeyVault__vaultUri: azure.KeyVault__vaultUri,
    });

    expect(settings.payloadStorage).toEqual({ kind: 'connection-string', connectionString: storage });
    expect(settings.serviceBus).toEqual({ kind: 'connection-string', connectionString: serviceBus });
  });

  it('settings: an identity named for one connection is used there, AZURE_CLIENT_ID elsewhere', () => {
    const own = '11111111-1111-1111-1111-111111111111';
    const shared = '22222222-2222-2222-2222-222222222222';
    const storageOwn = '33333333-3333-3333-3333-333333333333';

    const settings = settingsOf({
      ...azure,
      AZURE_CLIENT_ID: shared,
      ServiceBus__clientId: own,
      ServiceBus__credential: 'managedidentity',
    });
    const both = settingsOf({ ...azure, AZURE_CLIENT_ID: shared, PayloadStorage__clientId: storageOwn });

    expect(settings.serviceBus).toMatchObject({ managedIdentityClientId: own });
    expect(settings.payloadStorage).toMatchObject({ managedIdentityClientId: shared });
    expect(settings.keyVault).toMatchObject({ managedIdentityClientId: shared });
    expect(both.payloadStorage).toMatchObject({ managedIdentityClientId: storageOwn });
    expect(both.serviceBus).toMatchObject({ managedIdentityClientId: shared });
  });

  it('settings: a blank value counts as not set', () => {
    const settings = settingsOf({ ...azure, PayloadStorage: '  ', PROVIDERS: '', ServiceBus: undefined });

    expect(settings.payloadStorage.kind).toBe('identity');
    expect(settings.providers).toEqual(['github']);
  });

  it('settings: lists are split at commas, trimmed and freed of repeats', () => {
    const settings = settingsOf({
      ...azure,
      PROVIDERS: 'github, slack ,github',
      ALLOWED_ORIGINS: 'A.example,b.example',
    });

    expect(settings.providers).toEqual(['github', 'slack']);
    expect(settings.allowedOrigins).toEqual(['a.example', 'b.example']);
  });

  it('settings: an empty environment reports every missing connection at once', () => {
    expect(namesOf({})).toEqual(['PayloadStorage', 'ServiceBus', 'KeyVault__vaultUri']);
  });

  it('settings: every problem is reported at once, by name', () => {
    const names = namesOf({
      PayloadStorage: 'nonsense',
      ServiceBus: 'Endpoint=sb://x;EntityPath=q;SharedAccessKeyName=a;SharedAccessKey=b',
      KeyVault__vaultUri: 'hooks',
      PROVIDERS: 'Git Hub',
      QUEUE_UNAVAILABLE: 'later',
      MAX_PAYLOAD_BYTES: '1e6',
      SECRET_REFRESH_SECONDS: '600',
      SECRET_MAX_STALE_SECONDS: '60',
      OUTBOX_SCHEDULE: '* * * * *',
      CircuitBreaker__serviceBus__failureThreshold: 'five',
    });

    expect(names.toSorted()).toEqual(
      [
        'PayloadStorage',
        'ServiceBus',
        'KeyVault__vaultUri',
        'PROVIDERS',
        'QUEUE_UNAVAILABLE',
        'MAX_PAYLOAD_BYTES',
        'SECRET_MAX_STALE_SECONDS',
        'OUTBOX_SCHEDULE',
        'CircuitBreaker__serviceBus__failureThreshold',
      ].toSorted(),
    );
  });

  it.each([
    '1.5',
    '-1',
    '0x10',
    '1e3',
    '99',
    '230001',
    '9000ms',
    '٩٠٠٠',
    'NaN',
    '9'.repeat(30),
  ])('settings: %s is no request budget', (value) => {
    expect(problemsOf({ ...azure, REQUEST_BUDGET_MS: value })).toEqual([
      {
        name: 'REQUEST_BUDGET_MS',
        what: `is ${JSON.stringify(value)}`,
        expected: 'a whole number of milliseconds from 500 to 230000',
      },
    ]);
  });

  it('settings: a connection string beside an endpoint is refused: which one counts is not guessed', () => {
    const names = namesOf({ ...azure, PayloadStorage: storage, ServiceBus: serviceBus });

    expect(names).toEqual(['PayloadStorage', 'ServiceBus']);
  });

  it.each([
    ['PayloadStorage', 'UseDevelopmentStorage=true'],
    ['PayloadStorage', storage.replace('AccountName=webhooks', 'AccountName=devstoreaccount1')],
    ['PayloadStorage', `${storage};BlobEndpoint=http://127.0.0.1:10000/webhooks`],
    ['PayloadStorage', `${storage};BlobEndpoint=http://azurite:10000/devstoreaccount1`],
    ['PayloadStorage__blobServiceUri', 'https://localhost:10000/webhooks'],
    ['PayloadStorage__blobServiceUri', 'https://azurite:10000/devstoreaccount1'],
    ['ServiceBus', development.ServiceBus],
    ['ServiceBus', serviceBus.replace('bots.servicebus.windows.net', 'localhost')],
    ['ServiceBus', `${serviceBus};UseDevelopmentEmulator=true`],
    ['ServiceBus__fullyQualifiedNamespace', '127.0.0.1'],
    ['KeyVault__vaultUri', 'https://127.0.0.1:8443'],
    ['KeyVault__vaultUri', 'https://[::1]:8443'],
    ['KeyVault__vaultUri', 'https://vault.localhost'],
  ])('settings: outside development %s refuses the emulator in %s', (name, value) => {
    const { [name]: _, ...rest } = { ...azure, PayloadStorage: undefined, ServiceBus: undefined } as Record<
      string,
      string | undefined
    >;
    if (name === 'PayloadStorage') delete rest['PayloadStorage__blobServiceUri'];
    if (name === 'ServiceBus') delete rest['ServiceBus__fullyQualifiedNamespace'];

    expect(problemsOf({ ...rest, [name]: value })).toEqual([
      expect.objectContaining({ name, what: expect.stringMatching(/^points at/) }),
    ]);
  });

  it('settings: the emulators are accepted in development', () => {
    expect(settingsOf(development)).toMatchObject({
      development: true,
      keyVault: { kind: 'vault', vaultUri: 'https://127.0.0.1:8443' },
    });
  });

  it.each(['development', 'Development2', 'Production', 'Staging'])('settings: %s is not development', (value) => {
    expect(namesOf({ ...development, AZURE_FUNCTIONS_ENVIRONMENT: value })).toEqual([
      'PayloadStorage',
      'ServiceBus',
      'KeyVault__vaultUri',
    ]);
  });

  it('settings: in development without a vault, secrets come from settings under the names of the vault', () => {
    const settings = settingsOf({
      ...development,
      KeyVault__vaultUri: undefined,
      PROVIDERS: 'github,my-sender',
      WEBHOOK_SECRET_GITHUB: " It's a Secret to Everybody ",
      WEBHOOK_SECRET_MY_SENDER: 'another secret of mine',
      ADMIN_TOKEN: 'local-admin-token',
    });

    expect(settings.keyVault).toEqual({
      kind: 'settings',
      secrets: {
        'github-webhook-secret': " It's a Secret to Everybody ",
        'my-sender-webhook-secret': 'another secret of mine',
        'admin-token': 'local-admin-token',
      },
    });
  });

  it('settings: a provider without its secret, and a secret below 16 bytes, stop the start', () => {
    const problems = problemsOf({
      ...development,
      KeyVault__vaultUri: undefined,
      PROVIDERS: 'github,slack',
      WEBHOOK_SECRET_GITHUB: 'fifteen bytes..',
    });

    expect(problems.map(({ name, what }) => `${name} ${what}`)).toEqual([
      'WEBHOOK_SECRET_SLACK is not set',
      'WEBHOOK_SECRET_GITHUB is too short',
    ]);
  });

  it('settings: outside development, secrets in settings are no way to do without a vault', () => {
    const secret = { WEBHOOK_SECRET_GITHUB: "It's a Secret to Everybody" };

    expect(namesOf({ ...azure, KeyVault__vaultUri: undefined, ...secret })).toEqual(['KeyVault__vaultUri']);
  });

  it.each([
    ['in Azure', azure],
    ['in development', { ...development, KeyVault__vaultUri: 'https://127.0.0.1:8443' }],
  ])('settings: beside a vault they are its fallback, those of the providers that are on (%s)', (_where, environment) => {
    const settings = settingsOf({
      ...environment,
      PROVIDERS: 'github,my-sender',
      WEBHOOK_SECRET_GITHUB: ' every byte of it counts ',
      WEBHOOK_SECRET_MY_SENDER: 'another secret of mine',
      WEBHOOK_SECRET_SLACK: 'of a provider that is off',
      ADMIN_TOKEN: 'a token for the operators',
    });

    expect(settings.keyVault).toMatchObject({
      kind: 'vault',
      fallback: {
        'github-webhook-secret': ' every byte of it counts ',
        'my-sender-webhook-secret': 'another secret of mine',
        'admin-token': 'a token for the operators',
      },
    });
    expect(JSON.stringify(settings.keyVault)).not.toContain('slack');
  });

  it('settings: a Key Vault reference that the platform did not resolve is no fallback', () => {
    const reference = '@Microsoft.KeyVault(SecretUri=https://hooks.vault.azure.net/secrets/github-webhook-secret)';

    const settings = settingsOf({ ...azure, WEBHOOK_SECRET_GITHUB: reference, ADMIN_TOKEN: reference });

    expect(settings.keyVault).toHaveProperty('fallback', {});
  });

  it.each([
    '@microsoft.keyvault(VaultName=hooks;SecretName=github-webhook-secret)',
    ' @Microsoft.KeyVault(VaultName=hooks;SecretName=github-webhook-secret)\n',
  ])('settings: nor is one that is written otherwise: %j', (reference) => {
    const settings = settingsOf({ ...azure, WEBHOOK_SECRET_GITHUB: reference, ADMIN_TOKEN: reference });

    expect(settings.keyVault).toHaveProperty('fallback', {});
  });

  it('settings: nor is it a secret in development', () => {
    const withoutVault = { ...development, KeyVault__vaultUri: undefined };
    const reference = '@Microsoft.KeyVault(VaultName=hooks;SecretName=github-webhook-secret)';

    expect(problemsOf({ ...withoutVault, WEBHOOK_SECRET_GITHUB: reference })).toContainEqual(
      expect.objectContaining({ name: 'WEBHOOK_SECRET_GITHUB', what: 'is not set' }),
    );
  });

  it.each([
    'http://hooks.vault.azure.net',
    'https://hooks.vault.azure.net/secrets/x',
    'https://user:password@hooks.vault.azure.net',
    'hooks.vault.azure.net',
  ])('settings: %s is no vault', (value) => {
    expect(namesOf({ ...azure, KeyVault__vaultUri: value })).toEqual(['KeyVault__vaultUri']);
  });

  it('settings: a blob endpoint with a SAS token is refused', () => {
    const problems = problemsOf({
      ...azure,
      PayloadStorage__blobServiceUri: 'https://a.blob.core.windows.net?sig=abc',
    });

    expect(problems.map(({ name }) => name)).toEqual(['PayloadStorage__blobServiceUri']);
  });

  it('settings: no problem shows a connection string, a secret or a token', () => {
    const secret = 'hunter2hunter2';
    const problems = problemsOf({
      PayloadStorage: `AccountKey=${secret}`,
      PayloadStorage__clientId: secret,
      ServiceBus: `SharedAccessKey=${secret}`,
      KeyVault__vaultUri: `ftp://${secret}`,
      WEBHOOK_SECRET_GITHUB: secret,
      ADMIN_TOKEN: secret,
      APPLICATIONINSIGHTS_CONNECTION_STRING: secret,
      AZURE_CLIENT_ID: secret,
    });

    expect(problems.length).toBeGreaterThanOrEqual(6);
    expect(JSON.stringify(problems)).not.toContain(secret);
    expect(describeProblems(problems)).not.toContain(secret);
  });

  it('settings: a circuit breaker takes what is set and keeps the rest of its preset', () => {
    const settings = settingsOf({
      ...azure,
      CircuitBreaker__serviceBus__failureThreshold: '7',
      CircuitBreaker__keyVault__coolDownMs: '15000',
    });

    expect(settings.circuitBreakers).toEqual({
      serviceBus: { failureThreshold: 7 },
      blobStorage: {},
      keyVault: { coolDownMs: 15_000 },
    });
  });

  it("settings: a circuit breaker's optional features can be set", () => {
    const settings = settingsOf({
      ...azure,
      CircuitBreaker__blobStorage__failureRateThreshold: '0.5',
      CircuitBreaker__blobStorage__minimumCalls: '20',
    });

    expect(settings.circuitBreakers.blobStorage).toEqual({ failureRateThreshold: 0.5, minimumCalls: 20 });
  });

  it('settings: every wrong number of every circuit breaker is reported, judged together with its preset', () => {
    const problems = problemsOf({
      ...azure,
      CircuitBreaker__serviceBus__failureThreshold: '0',
      CircuitBreaker__serviceBus__windowMs: '1.5',
      CircuitBreaker__serviceBus__coolDownMs: 'Infinity',
      CircuitBreaker__blobStorage__failureRateThreshold: '1.1',
      CircuitBreaker__keyVault__maxCoolDownMs: '59999',
    });

    expect(problems).toEqual([
      { name: 'CircuitBreaker__serviceBus__coolDownMs', what: 'is "Infinity"', expected: 'a number' },
      {
        name: 'CircuitBreaker__serviceBus__failureThreshold',
        what: 'is 0',
        expected: 'a whole number from 1 to 10000',
      },
      {
        name: 'CircuitBreaker__serviceBus__windowMs',
        what: 'is 1.5',
        expected: 'whole milliseconds from 1 to 2147483647',
      },
      {
        name: 'CircuitBreaker__blobStorage__failureRateThreshold',
        what: 'is 1.1',
        expected: 'above 0 and at most 1',
      },
      { name: 'CircuitBreaker__keyVault__maxCoolDownMs', what: 'is 59999', expected: 'at least coolDownMs, 60000' },
    ]);
  });

  it.each([
    ['CircuitBreaker__servicebus__failureThreshold', 'serviceBus'],
    ['circuitbreaker__serviceBus__failureThreshold', 'serviceBus'],
    ['CircuitBreaker__serviceBus__threshold', 'failureThreshold'],
    ['CircuitBreaker__serviceBus__failureThreshold__x', 'failureThreshold'],
    ['CircuitBreaker__serviceBus', 'serviceBus'],
    ['CircuitBreaker__serviceBus__', 'failureThreshold'],
    ['CircuitBreaker__constructor__failureThreshold', 'blobStorage'],
  ])('settings: %s is refused with what exists', (name, existing) => {
    expect(problemsOf({ ...azure, [name]: '5' })).toEqual([
      expect.objectContaining({ name, expected: expect.stringContaining(existing) }),
    ]);
  });

  it('settings: problems read as one line each on the console', () => {
    expect(describeProblems(problemsOf({ ...azure, QUEUE_UNAVAILABLE: 'later', MAX_MESSAGE_BYTES: '1' }))).toBe(
      [
        '  - QUEUE_UNAVAILABLE is "later"; expected "reject" or "defer"',
        '  - MAX_MESSAGE_BYTES is "1"; expected a whole number of bytes from 4096 to 104857600',
      ].join('\n'),
    );
  });
});

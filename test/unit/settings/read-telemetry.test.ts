import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/settings/read-settings.js';

const connectionString =
  'InstrumentationKey=00000000-0000-4000-8000-000000000001;IngestionEndpoint=https://example.com/';
const clientId = '11111111-1111-4111-8111-111111111111';

const base = {
  AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  PayloadStorage: 'UseDevelopmentStorage=true',
  ServiceBus: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
  WEBHOOK_SECRET_GITHUB: 'a-secret-for-tests-only',
};

const telemetryOf = (settings: Readonly<Record<string, string>>) => {
  const reading = readSettings({ ...base, ...settings });
  return reading.ok ? reading.settings.telemetry : reading.problems.map(({ name }) => name);
};

const on = { APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString };

describe('settings of telemetry', () => {
  it.each([{}, { APPLICATIONINSIGHTS_CONNECTION_STRING: ' ' }])('%o: it is off', (settings) => {
    expect(telemetryOf(settings)).toBeUndefined();
  });

  it('the identity alone switches nothing on', () => {
    expect(telemetryOf({ APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD' })).toBeUndefined();
  });

  it('a connection string is enough, and keeps everything', () => {
    expect(telemetryOf(on)).toEqual({ connectionString, samplingPercent: 100, identity: undefined });
  });

  it.each([
    ['Authorization=AAD', undefined],
    [`Authorization=AAD;ClientId=${clientId}`, clientId],
    [`ClientId=${clientId};Authorization=AAD`, clientId],
    [`authorization=aad;clientid=${clientId};`, clientId],
  ])('%s sends as the identity of the app', (text, managedIdentityClientId) => {
    const settings = { ...on, APPLICATIONINSIGHTS_AUTHENTICATION_STRING: text };

    expect(telemetryOf(settings)).toMatchObject({ identity: { managedIdentityClientId } });
  });

  it.each([
    'AAD',
    `ClientId=${clientId}`,
    'Authorization=ikey',
    'Authorization=AAD;ClientId=me',
  ])('%s is refused at the start: telemetry would be sent as nobody', (text) => {
    const settings = { ...on, APPLICATIONINSIGHTS_AUTHENTICATION_STRING: text };

    expect(telemetryOf(settings)).toEqual(['APPLICATIONINSIGHTS_AUTHENTICATION_STRING']);
  });

  it.each(['-1', '101', '0.5', 'all'])('%s percent is refused', (percent) => {
    expect(telemetryOf({ ...on, TELEMETRY_SAMPLING_PERCENT: percent })).toEqual(['TELEMETRY_SAMPLING_PERCENT']);
  });

  it('any whole percentage is taken, none at all as well', () => {
    const percentages = ['0', '1', '100'].map((percent) => telemetryOf({ ...on, TELEMETRY_SAMPLING_PERCENT: percent }));

    expect(percentages).toMatchObject([{ samplingPercent: 0 }, { samplingPercent: 1 }, { samplingPercent: 100 }]);
  });
});

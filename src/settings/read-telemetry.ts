import type { Environment } from './environment-schema.js';
import type { TelemetrySettings } from './settings.js';

const guid = /(?:^|;)\s*ClientId=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*(?:;|$)/i;

/** Telemetry as the Functions host is told of it too, so that both send to the same place as the same identity. */
export const readTelemetry = (environment: Environment): TelemetrySettings | undefined => {
  const connectionString = environment.APPLICATIONINSIGHTS_CONNECTION_STRING;
  if (connectionString === undefined) return undefined;
  const authentication = environment.APPLICATIONINSIGHTS_AUTHENTICATION_STRING;
  return {
    connectionString,
    samplingPercent: environment.TELEMETRY_SAMPLING_PERCENT,
    identity: authentication === undefined ? undefined : { managedIdentityClientId: guid.exec(authentication)?.[1] },
  };
};

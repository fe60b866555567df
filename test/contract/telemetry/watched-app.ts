import { HttpRequest, InvocationContext } from '@azure/functions';
import type { HttpHandler } from '../../../src/http/receive-webhook.js';
import type { ApplicationInsightsOptions } from '../../../src/observability/telemetry/application-insights.js';
import { createLazyTelemetry } from '../../../src/observability/telemetry/lazy-telemetry.js';
import { sampledTelemetry } from '../../../src/observability/telemetry/sampled-telemetry.js';
import type { Telemetry } from '../../../src/observability/telemetry/telemetry.js';
import { systemClock } from '../../../src/time/clock.js';
import { type IngestionEndpoint, startIngestionEndpoint } from '../../support/ingestion-endpoint.js';
import { createMemoryApp, type MemoryApp, type MemoryAppOptions } from '../../support/memory-app.js';

export const adminToken = 'an-admin-token-for-tests';

/** Where the real SDK sends to, and what it could not send. */
export interface Ingestion {
  readonly endpoint: IngestionEndpoint;
  /** Lines that telemetry wrote about itself. */
  readonly faults: unknown[];
  /** As new, for the next test. */
  clear(): void;
  close(): Promise<void>;
}

/** Loads the SDK, and keeps it from telling its maker about itself over a network that tests have not. */
export const startIngestion = async (): Promise<Ingestion> => {
  process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] = 'true';
  const endpoint = await startIngestionEndpoint();
  await import('../../../src/observability/telemetry/application-insights.js');
  const faults: unknown[] = [];
  return {
    endpoint,
    faults,
    clear() {
      endpoint.clear();
      faults.length = 0;
    },
    async close() {
      delete process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'];
      await endpoint.close();
    },
  };
};

export interface WatchOptions extends Pick<MemoryAppOptions, 'environment'> {
  readonly samplingPercent?: number;
  readonly credential?: ApplicationInsightsOptions['credential'];
}

/** The whole app on memory adapters, watched by the real SDK as it is deployed: behind sampling and the buffer that loads it. */
export const watch = (
  { endpoint, faults }: Ingestion,
  { samplingPercent = 100, credential, ...options }: WatchOptions = {},
): { readonly memory: MemoryApp; readonly telemetry: Telemetry } => {
  const lazy = createLazyTelemetry({
    clock: systemClock,
    log: { write: (...line) => void faults.push(line) },
    load: async (onFailure) => {
      const { createApplicationInsights } = await import(
        '../../../src/observability/telemetry/application-insights.js'
      );
      const { connectionString } = endpoint;
      const facts = { role: 'func-breakwater', instance: 'instance-1', version: '1.2.3' };
      return createApplicationInsights({ connectionString, credential, ...facts, onFailure });
    },
  });
  const telemetry = sampledTelemetry(lazy, samplingPercent);
  const memory = createMemoryApp({ telemetry, ...options });
  memory.secrets.set('admin-token', adminToken);
  return { memory, telemetry };
};

/** Sends a command as an operator does. */
export const command = async (handler: HttpHandler, body: unknown, token = adminToken): Promise<void> => {
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://localhost/api/command',
    headers: { authorization: `Bearer ${token}` },
    body: { bytes: Buffer.from(JSON.stringify(body)) },
  });
  await handler(request, new InvocationContext({ functionName: 'test', invocationId: 'test', logHandler: () => {} }));
};

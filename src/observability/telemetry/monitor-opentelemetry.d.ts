/** What the SDK's types take from a package that is not installed (`overrides` in `package.json`): nothing of its code is used. */
declare module '@azure/monitor-opentelemetry' {
  import type { AzureMonitorExporterOptions } from '@azure/monitor-opentelemetry-exporter';
  import type { Resource } from '@opentelemetry/resources';

  export interface AzureMonitorOpenTelemetryOptions {
    azureMonitorExporterOptions?: AzureMonitorExporterOptions;
    resource?: Resource;
  }

  export type InstrumentationOptions = Readonly<Record<string, unknown>>;
}

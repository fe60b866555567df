import { createHttpHeaders, type PipelineResponse } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type AzureMonitorOpenTelemetryOptions, TelemetryClient } from 'applicationinsights';
import { CircuitBreaker } from '../../circuit-breaker/circuit-breaker.js';
import type { LogFields } from '../log/log.js';
import { SynchronousContext } from './synchronous-context.js';
import type { Telemetry, TelemetryDependency, TelemetryEvent, TelemetryMetric } from './telemetry.js';

type ExporterOptions = NonNullable<AzureMonitorOpenTelemetryOptions['azureMonitorExporterOptions']>;
type ExporterPolicy = NonNullable<ExporterOptions['additionalPolicies']>[number];

export interface ApplicationInsightsOptions {
  readonly connectionString: string;
  /** Who the ingestion is told to be asking; absent: the connection string is enough. */
  readonly credential: TokenCredential | undefined;
  /** `cloud_RoleName`, as the Functions host names it. */
  readonly role: string;
  readonly instance: string;
  readonly version: string;
  /** Called with a short reason whenever something cannot be sent; the SDK tells nobody else. */
  readonly onFailure: (reason: string) => void;
}

/** What the two ids of a `traceparent` say of where a record belongs; what is to be dropped by its flags never comes here. */
const insideTrace = (traceparent: string | undefined, work: () => void): void => {
  const [, traceId, spanId] = traceparent?.split('-') ?? [];
  if (traceId === undefined || spanId === undefined) {
    work();
    return;
  }
  // The Functions host hands out contexts that are not flagged as sampled, for requests that it keeps all the same.
  const parent = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
  context.with(trace.setSpanContext(ROOT_CONTEXT, parent), work);
};

const numbersIn = (fields: LogFields): Record<string, number> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (typeof value === 'number' ? [[key, value]] : [])),
  );

const textsIn = (fields: LogFields): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => {
      if (value === undefined || typeof value === 'number') return [];
      return [[key, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
    }),
  );

const trackEvent = (client: TelemetryClient, { name, fields, epochMs }: TelemetryEvent): void => {
  const properties = { ...textsIn(fields), at: new Date(epochMs).toISOString() };
  client.trackEvent({ name, properties, measurements: numbersIn(fields) });
};

const trackMetric = (client: TelemetryClient, { name, value, dimensions }: TelemetryMetric): void =>
  client.trackMetric({ name, value, properties: { ...dimensions } });

/** The exporter takes type and target of a dependency that is no HTTP call from the attributes of a database. */
const trackDependency = (client: TelemetryClient, dependency: TelemetryDependency): void => {
  const { name, type, target, startedAtMs, durationMs, success, code, keptPercent } = dependency;
  client.trackDependency({
    name,
    target,
    time: new Date(startedAtMs),
    duration: durationMs,
    success,
    properties: {
      'db.system': type,
      ...(code !== undefined && { code }),
      ...(keptPercent !== undefined && { 'microsoft.sample_rate': keptPercent }),
    },
  });
};

/** A refused batch is kept by the SDK like one that the ingestion could not take, and sent later. */
const refusal = 503;

/**
 * Sees the outcome of every request to the ingestion, its retries and its token included, through a breaker: an ingestion that fails
 * is asked once in each cool-down, instead of with every batch.
 */
const guardSending = (onFailure: (reason: string) => void): ExporterPolicy => {
  const breaker = new CircuitBreaker<PipelineResponse>({
    name: 'telemetry',
    options: { failureThreshold: 3, successThreshold: 1, halfOpenMaxConcurrent: 1, operationTimeoutMs: Infinity },
  });
  return {
    position: 'perCall',
    policy: {
      name: 'guard-sending',
      async sendRequest(request, next) {
        let answer: PipelineResponse | undefined;
        const result = await breaker.call(async () => {
          answer = await next(request);
          if (answer.status >= 400) throw new Error(`HTTP ${answer.status}`);
          return answer;
        });
        if (result.ok) return result.value;
        const { error } = result;
        const fault = error.kind === 'operation-failed' ? error.cause : undefined;
        if (answer !== undefined) onFailure(`HTTP ${answer.status}`);
        else if (fault !== undefined) onFailure(fault instanceof Error ? fault.name : 'unknown');
        if (answer === undefined && fault !== undefined) throw fault;
        return answer ?? { request, status: refusal, headers: createHttpHeaders() };
      },
    },
  };
};

const createClient = (options: ApplicationInsightsOptions): TelemetryClient => {
  const { connectionString, credential, role, instance, version, onFailure } = options;
  // Providers of its own: nothing is collected by itself, so nothing that the Functions host collects is there twice.
  const client = new TelemetryClient(connectionString, { useGlobalProviders: false });
  if (credential !== undefined) client.config.aadTokenCredential = credential;
  client.config.azureMonitorOpenTelemetryOptions = {
    azureMonitorExporterOptions: { connectionString, additionalPolicies: [guardSending(onFailure)] },
    resource: resourceFromAttributes({
      'service.name': role,
      'service.instance.id': instance,
      'service.version': version,
    }),
  };
  client.initialize();
  return client;
};

/** Telemetry on the `applicationinsights` SDK. Deployed as a file of its own, so that nothing loads the SDK before it is needed. */
export const createApplicationInsights = (options: ApplicationInsightsOptions): Telemetry => {
  context.setGlobalContextManager(new SynchronousContext());
  const client = createClient(options);
  return {
    record(item) {
      switch (item.kind) {
        case 'event':
          return insideTrace(item.traceparent, () => trackEvent(client, item));
        case 'metric':
          return trackMetric(client, item);
        case 'dependency':
          return insideTrace(item.traceparent, () => trackDependency(client, item));
      }
    },
    flush: () => client.flush(),
  };
};

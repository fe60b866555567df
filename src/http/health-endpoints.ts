import type { HttpResponseInit } from '@azure/functions';
import type { DeepHealth } from '../health/deep-health.js';
import type { PrometheusText } from '../observability/metrics/prometheus-text.js';
import { problem } from './problems.js';
import type { HttpHandler } from './receive-webhook.js';

const noStore = { 'cache-control': 'no-store' };

const healthy: HttpResponseInit = { status: 200, jsonBody: { status: 'healthy' }, headers: noStore };

/** `GET health`, `GET health/live`: the process is up. Depends on nothing. */
export const liveness: HttpHandler = async () => healthy;

/** `GET health/ready`: settings are valid (the process started) and every client can be built. */
export const createReadiness =
  (buildClients: () => Promise<void>): HttpHandler =>
  async () => {
    try {
      await buildClients();
      return { status: 200, jsonBody: { status: 'ready' }, headers: noStore };
    } catch {
      return problem('NotReady', { detail: 'ClientConstruction', retryAfterMs: 5_000 });
    }
  };

/** `GET health/deep`: 200 when healthy or degraded, 503 when unhealthy. `?probe=true` touches the dependencies. */
export const createDeepHealthEndpoint =
  (deepHealth: DeepHealth): HttpHandler =>
  async (request) => {
    const report = await deepHealth({ probe: request.query.get('probe') === 'true' });
    return { status: report.status === 'unhealthy' ? 503 : 200, jsonBody: report, headers: noStore };
  };

/** `GET metrics`: everything counted since the start, in the text format of Prometheus. */
export const createMetricsEndpoint =
  (prometheusText: () => Promise<PrometheusText>): HttpHandler =>
  async () => {
    const { contentType, body } = await prometheusText();
    return { status: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body };
  };

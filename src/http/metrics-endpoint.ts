import type { PrometheusText } from '../observability/metrics/prometheus-text.js';
import type { HttpHandler } from './receive-webhook.js';

/** `GET metrics`: everything counted since the start, in the text format of Prometheus. */
export const createMetricsEndpoint =
  (prometheusText: () => Promise<PrometheusText>): HttpHandler =>
  async () => {
    const { contentType, body } = await prometheusText();
    return { status: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body };
  };

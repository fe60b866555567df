import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { Provider } from '../providers/provider.js';
import { problem } from './problems.js';
import type { HttpHandler } from './receive-webhook.js';

export interface ValidateWebhookPorts {
  readonly findProvider: (name: string) => Provider | undefined;
  /** Host names, lower case, whose senders may deliver here. */
  readonly allowedOrigins: readonly string[];
  readonly newId: () => string;
  readonly log: Log;
  readonly metrics: Metrics;
}

const rateForm = /^[1-9]\d{0,8}$/;

/** The rate that the sender asks for, in requests a minute; any rate when it asks for none. */
const allowedRate = (headers: HttpRequest['headers']): string => {
  const rate = headers.get('webhook-request-rate') ?? '';
  return rateForm.test(rate) ? rate : '*';
};

const refused = (status: 403 | 405): HttpResponseInit => ({ status, headers: { allow: 'POST' } });

/**
 * `OPTIONS webhooks/{provider}`: the abuse protection of CloudEvents web hooks (section 4.1). Grants delivery to the origins of
 * `ALLOWED_ORIGINS` and says nothing of whether deliveries are genuine. An address to call back is never called.
 */
export const createValidateWebhook =
  ({ findProvider, allowedOrigins, newId, log, metrics }: ValidateWebhookPorts): HttpHandler =>
  async (request) => {
    const provider = findProvider(request.params['provider'] ?? '');
    if (provider === undefined) {
      return problem('UnknownProvider', {
        detail: 'This provider is unknown or not enabled.',
        correlationId: newId(),
      });
    }
    if (provider.asksForConsent !== true) return refused(405);
    const origin = request.headers.get('webhook-request-origin')?.toLowerCase() ?? '';
    if (!allowedOrigins.includes(origin)) {
      log.write('warn', 'webhook.origin-refused', { provider: provider.name });
      return refused(403);
    }
    log.write('info', 'webhook.origin-allowed', { provider: provider.name, origin });
    metrics.count('breakwater_webhooks_total', { provider: provider.name, outcome: 'handshake' });
    return {
      status: 200,
      headers: {
        allow: 'POST',
        'webhook-allowed-origin': origin,
        'webhook-allowed-rate': allowedRate(request.headers),
      },
    };
  };

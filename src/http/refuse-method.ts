import type { HttpResponseInit } from '@azure/functions';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { Provider } from '../providers/provider.js';
import { problem } from './problems.js';
import type { HttpHandler } from './receive-webhook.js';
import { countRefusal } from './tell-outcome.js';

export interface RefuseMethodPorts {
  readonly findProvider: (name: string) => Provider | undefined;
  readonly newId: () => string;
  readonly metrics: Metrics;
}

const allowed = (provider: Provider | undefined): string => (provider?.asksForConsent ? 'POST, OPTIONS' : 'POST');

/** Whatever is asked of `webhooks/{provider}` by another method, such as a challenge by GET: 405 with `Allow`, the body unread. */
export const createRefuseMethod =
  ({ findProvider, newId, metrics }: RefuseMethodPorts): HttpHandler =>
  async (request): Promise<HttpResponseInit> => {
    const provider = findProvider(request.params['provider'] ?? '');
    countRefusal(metrics, 'MethodNotAllowed', provider?.name ?? 'unknown');
    const reply = problem('MethodNotAllowed', {
      detail: 'Webhooks are posted here. Challenges by GET are not answered.',
      correlationId: newId(),
    });
    return { ...reply, headers: { ...reply.headers, allow: allowed(provider) } };
  };

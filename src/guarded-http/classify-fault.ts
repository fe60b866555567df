import type { Classified } from '../circuit-breaker/guarded-call.js';
import type { EndpointRules } from './endpoint-group.js';
import { HttpFault } from './http-fault.js';

/** What the fault of a request says about the dependency. */
export const classifyFor =
  (facts: { readonly client: string; readonly endpoint: string }, { isFailure }: EndpointRules) =>
  (thrown: unknown): Classified<HttpFault> => {
    const error = thrown instanceof HttpFault ? thrown : new HttpFault('unreachable', { ...facts, cause: thrown });
    if (error.kind === 'unreachable') return { verdict: 'failure', error, reason: 'unreachable' };
    if (error.kind === 'refused' && isFailure(error.status ?? 0))
      return { verdict: 'failure', error, reason: `status-${error.status}` };
    // A limit says that the dependency works and is busy; a refusal such as 404 that it works.
    return { verdict: error.kind === 'throttled' ? 'ignored' : 'success', error };
  };

import type {
  RpcHttpData,
  RpcInvocationRequest,
  RpcNullable,
  RpcTraceContext,
  RpcTypedData,
} from '../core/rpc-messages.js';
import type { RouteValues } from '../routes/match-route.js';
import { bindingData } from './binding-data.js';

/** An HTTP request that has found its function. */
export interface HttpInvocation {
  readonly invocationId: string;
  readonly functionId: string;
  readonly triggerName: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly values: RouteValues;
  readonly body: Uint8Array;
  readonly traceContext: RpcTraceContext;
}

/** The invocation request that the host sends its worker for an HTTP request. An empty body is no body. */
export const httpInvocationRequest = (invocation: HttpInvocation): RpcInvocationRequest => {
  const { invocationId, functionId, triggerName, method, url, headers, query, values, body, traceContext } = invocation;
  const http: RpcHttpData = {
    method,
    url,
    nullableHeaders: nullable(headers),
    nullableParams: nullable(values),
    nullableQuery: nullable(query),
    body: body.length === 0 ? null : { bytes: body },
  };
  return {
    invocationId,
    functionId,
    inputData: [{ name: triggerName, data: { http } }],
    triggerMetadata: triggerMetadata(invocation),
    traceContext,
    retryContext: null,
  };
};

const nullable = (values: Readonly<Record<string, string>>): Record<string, RpcNullable<string>> => {
  const result: Record<string, RpcNullable<string>> = Object.create(null);
  for (const name in values) result[name] = { value: values[name] ?? '' };
  return result;
};

const triggerMetadata = (invocation: HttpInvocation): Record<string, RpcTypedData> => ({
  ...bindingData(invocation),
  Headers: { json: JSON.stringify(invocation.headers) },
  Query: { json: JSON.stringify(invocation.query) },
});

/**
 * The messages that Microsoft's Node.js worker and the `@azure/functions` library exchange through
 * `@azure/functions-core`, as far as HTTP, timer and manual invocations need them.
 */
export type RpcLogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

export type RpcLogCategory = 'user' | 'system' | 'customMetric';

export interface RpcBinding {
  readonly type?: string | null;
  readonly direction?: string | null;
  readonly [property: string]: unknown;
}

export interface RpcFunctionMetadata {
  readonly name: string;
  readonly functionId: string;
  readonly bindings: Readonly<Record<string, RpcBinding>>;
  readonly retryOptions?: unknown;
  readonly rawBindings: readonly string[];
  readonly scriptFile: string;
  readonly directory?: string;
}

export interface RpcNullable<T> {
  readonly value?: T | null;
}

export interface RpcHttpCookie {
  readonly name?: string | null;
  readonly value?: string | null;
  readonly domain?: RpcNullable<string> | null;
  readonly path?: RpcNullable<string> | null;
  readonly expires?: RpcNullable<{ readonly seconds?: number | null }> | null;
  readonly secure?: RpcNullable<boolean> | null;
  readonly httpOnly?: RpcNullable<boolean> | null;
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone' | null;
  readonly maxAge?: RpcNullable<number> | null;
}

export interface RpcHttpData {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Readonly<Record<string, RpcNullable<string>>>;
  readonly nullableParams?: Readonly<Record<string, RpcNullable<string>>>;
  readonly nullableQuery?: Readonly<Record<string, RpcNullable<string>>>;
  readonly body?: RpcTypedData | null;
  readonly statusCode?: string | null;
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly cookies?: readonly RpcHttpCookie[] | null;
  readonly enableContentNegotiation?: boolean | null;
}

export interface RpcTypedData {
  readonly string?: string | null;
  readonly json?: string | null;
  readonly bytes?: Uint8Array | null;
  readonly int?: number | null;
  readonly double?: number | null;
  readonly http?: RpcHttpData | null;
}

export interface RpcParameter {
  readonly name: string;
  readonly data: RpcTypedData;
}

export interface RpcTraceContext {
  readonly traceParent: string;
  readonly traceState: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface RpcInvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly RpcParameter[];
  readonly triggerMetadata: Readonly<Record<string, RpcTypedData>>;
  readonly traceContext: RpcTraceContext;
  readonly retryContext: null;
}

export interface RpcInvocationResponse {
  readonly invocationId?: string | null;
  readonly outputData?: readonly RpcParameter[] | null;
  readonly returnValue?: RpcTypedData | null;
}

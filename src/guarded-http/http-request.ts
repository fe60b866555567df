/** One request of a guarded client. */
export interface HttpRequest {
  /** Below the client's `baseUrl`, query included; an address of another host is refused. */
  readonly path: string;
  /** `GET` unless set. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Sent as JSON, with its content type, in place of `body`. */
  readonly json?: unknown;
  /** Ends the request; says nothing about the dependency. */
  readonly signal?: AbortSignal;
  /** Shorter than the group's. */
  readonly timeoutMs?: number;
  /** W3C trace context, sent on as it is. */
  readonly traceparent?: string;
  /** What travels beside it. */
  readonly tracestate?: string;
  /** That a repeat does no harm, which GET, HEAD, OPTIONS, PUT and DELETE say by themselves. */
  readonly repeatable?: boolean;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** Set when the dependency fails and this is an earlier answer. */
  readonly stale: boolean;
}

/** The answer's text read as JSON. Throws `SyntaxError` when it is none. */
export const readJson = ({ bytes }: HttpAnswer): unknown => JSON.parse(new TextDecoder().decode(bytes));

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Whether sending it twice is the same as sending it once (RFC 9110, section 9.2.2). */
export const isRepeatable = ({ method = 'GET', repeatable }: HttpRequest): boolean =>
  repeatable ?? safeMethods.has(method);

import type { RpcTraceContext } from '../core/rpc-messages.js';

const traceParentPattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?$/;

/**
 * The trace context of one invocation: the caller's trace continued under a span of the host's own, or a new trace
 * (W3C Trace Context, section 3.2). `randomHex` gives that many random bytes in hex.
 */
export const continueTrace = (
  headers: Readonly<Record<string, string>>,
  randomHex: (bytes: number) => string,
): RpcTraceContext => {
  const [, traceId, flags] = traceParentPattern.exec(headers['traceparent'] ?? '') ?? [];
  if (traceId === undefined || flags === undefined) return newTrace(randomHex);
  return {
    traceParent: `00-${traceId}-${randomHex(8)}-${flags}`,
    traceState: headers['tracestate'] ?? '',
    attributes: {},
  };
};

/** A trace that begins here. */
export const newTrace = (randomHex: (bytes: number) => string): RpcTraceContext => ({
  traceParent: `00-${randomHex(16)}-${randomHex(8)}-00`,
  traceState: '',
  attributes: {},
});

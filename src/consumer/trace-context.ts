import { continueTraceState, traceIdOf } from '../envelope/event-identity.js';
import type { ReceivedEvent } from './parse-envelope.js';

/** The trace that began with the sender's request, or with Breakwater's receiving it. */
export interface TraceContext {
  /** 32 hex digits: what a log line of the bot is found by, beside all that Breakwater said of the event. */
  readonly traceId: string;
  /** W3C Trace Context: for the bot's own calls, and what OpenTelemetry's `propagation.extract` takes. */
  readonly headers: { readonly traceparent: string; readonly tracestate?: string };
}

/** The trace of a received event, for a bot to continue. `undefined` when its `traceparent` is not valid. */
export const traceContext = ({ attributes }: Pick<ReceivedEvent, 'attributes'>): TraceContext | undefined => {
  const { traceparent } = attributes;
  const traceId = traceIdOf(traceparent);
  const tracestate = continueTraceState(attributes);
  if (traceId === undefined) return undefined;
  return { traceId, headers: { traceparent, ...(tracestate !== undefined && { tracestate }) } };
};

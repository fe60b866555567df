/** What `breakwater/consumer` exports: all that a bot needs to read events, and nothing that needs Azure. */
export { type Coalesced, coalesced } from './coalesced.js';
export { type Download, fetchPayload } from './fetch-payload.js';
export { idempotencyKey } from './idempotency-key.js';
export {
  EnvelopeError,
  type EnvelopeErrorCode,
  type MessageWithBody,
  parseEnvelope,
  type ReceivedEvent,
  type ReceivedPayload,
} from './parse-envelope.js';
export type { PayloadLoss } from './payload-loss.js';
export { createBlobSeen, type Seen, type SeenContainer, unlessSeen } from './seen.js';
export { type TraceContext, traceContext } from './trace-context.js';

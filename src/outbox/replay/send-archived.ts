import type { ArchiveError } from '../../archive/archive-error.js';
import type { ArchivedEvent } from '../../archive/archived-event.js';
import { type GuardedRead, readIntact } from '../../archive/guarded-archive.js';
import type { CircuitBreakerError } from '../../circuit-breaker/call-errors.js';
import { encodeEnvelope, encodeWithin } from '../../envelope/encode-envelope.js';
import type { EncodedEvent } from '../../routing/address-message.js';
import type { Bot } from '../../routing/bot.js';
import { type BotRoute, type GuardedSend, routeEvent } from '../../routing/route-event.js';

export interface SendArchivedPorts {
  readonly readPayload: GuardedRead;
  readonly send: GuardedSend;
  /** Largest envelope, in bytes, that travels inside a message. */
  readonly maxMessageBytes: number;
}

export interface SendArchivedRequest {
  readonly event: ArchivedEvent;
  readonly bots: readonly Bot[];
  /** A message id that no queue takes for a repeat, for wanted reprocessing. */
  readonly messageId: string | undefined;
  readonly timeoutMs: number;
}

export type SentArchived =
  | { readonly kind: 'sent'; readonly routes: readonly BotRoute[] }
  | { readonly kind: 'damaged'; readonly reason: 'payload-missing' | 'payload-changed' }
  | { readonly kind: 'unavailable'; readonly error: CircuitBreakerError<ArchiveError> };

type Body = { readonly kind: 'body'; readonly body: Buffer } | Exclude<SentArchived, { kind: 'sent' }>;

const claimCheck = ({ attributes, url, sha256, size }: ArchivedEvent): Body => ({
  kind: 'body',
  body: encodeEnvelope(attributes, { kind: 'claim-check', url, sha256, size }),
});

/** By the rule of a first delivery: inside the message when it fits, else as a claim check. */
const bodyOf = async (
  { readPayload, maxMessageBytes }: SendArchivedPorts,
  { event, timeoutMs }: SendArchivedRequest,
): Promise<Body> => {
  if (event.size > maxMessageBytes) return claimCheck(event);
  const reading = await readIntact(readPayload, event, timeoutMs);
  if (reading.kind === 'failed') return { kind: 'unavailable', error: reading.error };
  if (reading.kind === 'damaged') return reading;
  const body = encodeWithin(event.attributes, { kind: event.travels, bytes: reading.bytes }, maxMessageBytes);
  return body === undefined ? claimCheck(event) : { kind: 'body', body };
};

/** Sends an archived event to bots again, in the very same envelope: id, time, type, partition key and data. */
export const sendArchived = async (ports: SendArchivedPorts, request: SendArchivedRequest): Promise<SentArchived> => {
  const encoded = await bodyOf(ports, request);
  if (encoded.kind !== 'body') return encoded;
  const { attributes, sha256, repository, sessionKeys } = request.event;
  const event: EncodedEvent = {
    attributes,
    body: encoded.body,
    sha256,
    sessionKeys,
    ...(repository !== undefined && { repository }),
    ...(request.messageId !== undefined && { messageId: request.messageId }),
  };
  return { kind: 'sent', routes: await routeEvent(ports.send, event, request.bots, request.timeoutMs) };
};

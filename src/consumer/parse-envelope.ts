import { type EnvelopeAttributes, type EventEnvelope, eventEnvelopeSchema } from '../envelope/event-envelope.js';
import { extensionsIn, type SentAttributes } from '../envelope/extensions.js';
import { type ExtractedData, extractData } from '../envelope/extract-data.js';
import { EnvelopeError } from './envelope-error.js';

/** The payload as the sender sent it, or where it lies when it was too large for a message. */
export type ReceivedPayload =
  | { readonly kind: 'inline'; readonly bytes: Buffer }
  | { readonly kind: 'claim-check'; readonly url: string; readonly sha256: string; readonly size: number };

/** One event: CloudEvents attributes, checked, with what its sender added as `extensions`, and its payload, byte for byte. */
export interface ReceivedEvent {
  readonly attributes: EnvelopeAttributes;
  readonly payload: ReceivedPayload;
}

/** A Service Bus message, or anything else with a body. */
export interface MessageWithBody {
  readonly body: unknown;
}

const bytesOf = (source: Uint8Array | MessageWithBody): Buffer => {
  const body: unknown = source instanceof Uint8Array ? source : source.body;
  if (!(body instanceof Uint8Array)) {
    throw new EnvelopeError('body-not-bytes', 'The body is not bytes: receive with skipParsingBodyAsJson: true');
  }
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
};

interface ReadEnvelope {
  readonly envelope: EventEnvelope;
  readonly extensions: SentAttributes | undefined;
  readonly data: ExtractedData;
}

const readEnvelope = (bytes: Buffer): ReadEnvelope => {
  try {
    const members: unknown = JSON.parse(bytes.toString('utf8'));
    const envelope = eventEnvelopeSchema.parse(members);
    return { envelope, extensions: extensionsIn(Object(members)), data: extractData(bytes) };
  } catch (cause) {
    throw new EnvelopeError('malformed', 'The body is no event envelope', { cause });
  }
};

const claimCheckIn = ({ dataref, datasha256, datasize }: EventEnvelope): ReceivedPayload => {
  if (dataref === undefined || datasha256 === undefined || datasize === undefined) {
    throw new EnvelopeError('malformed', 'The envelope has neither a payload nor what is needed to fetch and check it');
  }
  return { kind: 'claim-check', url: dataref, sha256: datasha256, size: datasize };
};

/**
 * Reads the envelope in a message, or in its bytes. Inline payloads keep every byte: numbers above 2^53, escapes and key order
 * too, which `JSON.parse` of the whole would lose. Throws `EnvelopeError`.
 */
export const parseEnvelope = (source: Uint8Array | MessageWithBody): ReceivedEvent => {
  const { envelope, extensions, data } = readEnvelope(bytesOf(source));
  const { data: _, data_base64, dataref, datasha256, datasize, ...attributes } = envelope;
  const payload: ReceivedPayload =
    data.kind === 'claim-check' ? claimCheckIn(envelope) : { kind: 'inline', bytes: data.bytes };
  return { attributes: { ...attributes, ...(extensions !== undefined && { extensions }) }, payload };
};

import { extensionsIn, type SentAttributes } from '../envelope/encode-envelope.js';
import { type EnvelopeAttributes, type EventEnvelope, eventEnvelopeSchema } from '../envelope/event-envelope.js';
import { type ExtractedData, extractData } from '../envelope/extract-data.js';
import { CodedError } from '../faults/coded-error.js';
import { lossesOf, type PayloadLoss } from './payload-loss.js';

/** What is wrong with a message. Receiving it again does not help: dead-letter it. */
export type EnvelopeErrorCode = 'body-not-bytes' | 'malformed' | 'payload-mismatch';

/** Thrown when a message cannot be trusted to be the event that it claims to be: branch on `code`. */
export class EnvelopeError extends CodedError<EnvelopeErrorCode> {
  override readonly name = 'EnvelopeError';
}

/** The payload as the sender sent it, what is left of it when somebody has parsed it before, or where it lies when it was too large. */
export type ReceivedPayload =
  | { readonly kind: 'inline'; readonly bytes: Buffer }
  | { readonly kind: 'parsed'; readonly value: unknown; readonly lost: readonly PayloadLoss[] }
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

const isMessage = (source: unknown): source is MessageWithBody =>
  typeof source === 'object' && source !== null && 'body' in source && !('specversion' in source);

/** The envelope as bytes, or as the object that a trigger or an SDK has made of it. */
const envelopeIn = (source: unknown): Buffer | object => {
  const body = isMessage(source) ? source.body : source;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (typeof body === 'string') {
    if (!body.isWellFormed())
      throw new EnvelopeError('malformed', 'The text is not what was sent: it has half characters');
    return Buffer.from(body);
  }
  if (Array.isArray(body))
    throw new EnvelopeError('body-not-bytes', "A list of messages (cardinality: 'many'): parse each of them");
  if (typeof body === 'object' && body !== null) return body;
  throw new EnvelopeError('body-not-bytes', 'The body is neither bytes nor text nor an object');
};

type ReadData = ExtractedData | Extract<ReceivedPayload, { readonly kind: 'parsed' }>;

interface ReadEnvelope {
  readonly envelope: EventEnvelope;
  readonly extensions: SentAttributes | undefined;
  readonly data: ReadData;
}

const parsedData = (members: object, { data_base64 }: EventEnvelope): ReadData => {
  if ('data' in members) return { kind: 'parsed', value: members.data, lost: lossesOf(members.data) };
  if (data_base64 === undefined) return { kind: 'claim-check' };
  return { kind: 'binary', bytes: Buffer.from(data_base64, 'base64') };
};

const readEnvelope = (source: Buffer | object): ReadEnvelope => {
  try {
    const members: object = source instanceof Buffer ? Object(JSON.parse(source.toString('utf8'))) : source;
    const envelope = eventEnvelopeSchema.parse(members);
    const data = source instanceof Buffer ? extractData(source) : parsedData(members, envelope);
    return { envelope, extensions: extensionsIn(members), data };
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

const payloadOf = ({ envelope, data }: ReadEnvelope): ReceivedPayload => {
  switch (data.kind) {
    case 'claim-check':
      return claimCheckIn(envelope);
    case 'parsed':
      return data;
    default:
      return { kind: 'inline', bytes: data.bytes };
  }
};

/**
 * Reads the envelope in a message, or in what a trigger gives: bytes, text, or an object. In bytes and text the payload keeps every
 * byte: numbers above 2^53, escapes and key order too. An object has been through `JSON.parse` before: its payload is then `parsed`,
 * with what that has `lost`. Throws `EnvelopeError` for what cannot be an envelope.
 */
export const parseEnvelope = (source: Uint8Array | string | object): ReceivedEvent => {
  const read = readEnvelope(envelopeIn(source));
  const { data: _, data_base64, dataref, datasha256, datasize, ...attributes } = read.envelope;
  const { extensions } = read;
  return { attributes: { ...attributes, ...(extensions !== undefined && { extensions }) }, payload: payloadOf(read) };
};

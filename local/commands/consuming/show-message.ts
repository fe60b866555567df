import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { extractData } from '../../../src/envelope/extract-data.js';
import { paint } from '../terminal/paint.js';

/** The bytes of a message's body. Receivers must set `skipParsingBodyAsJson`, or the SDK parses numbers away. */
export const bodyOf = ({ body }: ServiceBusReceivedMessage): Buffer => {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? null));
};

const isJsonObject = (bytes: Buffer): boolean => {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
};

const sizeOf = (bytes: number): string => (bytes < 10_000 ? `${bytes} B` : `${(bytes / 1_000).toFixed(1)} kB`);

const subjectIn = (body: Buffer): string => {
  try {
    const envelope: unknown = JSON.parse(body.toString('utf8'));
    const subject = typeof envelope === 'object' && envelope !== null && 'subject' in envelope ? envelope.subject : '';
    return typeof subject === 'string' ? subject : '';
  } catch {
    return '';
  }
};

/** A message in two or three lines: what it is, its id and session, and why it is a dead letter. */
export const messageLines = (message: ServiceBusReceivedMessage): readonly string[] => {
  const { subject, sequenceNumber, messageId, sessionId, deliveryCount = 0 } = message;
  const { deadLetterReason, deadLetterErrorDescription } = message;
  const body = bodyOf(message);
  const tries = deliveryCount > 0 ? `, delivered ${deliveryCount} times` : '';
  const about = subjectIn(body);
  return [
    `${paint.strong(subject ?? '(no type)')}  ${about}`.trimEnd(),
    `  id ${messageId}${sessionId === undefined ? '' : `  session ${sessionId}`}`,
    paint.quiet(`  #${sequenceNumber}, ${message.enqueuedTimeUtc?.toISOString()}, ${sizeOf(body.length)}${tries}`),
    ...(deadLetterReason === undefined
      ? []
      : [paint.warn(`  dead: ${deadLetterReason} ${deadLetterErrorDescription ?? ''}`)]),
  ];
};

/** One line of JSON: the message's properties, and its envelope byte for byte (as base64 when it is no JSON object). */
export const messageJson = (message: ServiceBusReceivedMessage): string => {
  const { messageId, sessionId, subject, correlationId, contentType, deliveryCount, state } = message;
  const { applicationProperties, enqueuedTimeUtc, deadLetterReason, deadLetterErrorDescription } = message;
  const properties = JSON.stringify({
    sequenceNumber: message.sequenceNumber?.toString(),
    messageId,
    sessionId,
    subject,
    correlationId,
    contentType,
    enqueuedTime: enqueuedTimeUtc,
    deliveryCount,
    state,
    deadLetterReason,
    deadLetterErrorDescription,
    applicationProperties,
  });
  const body = bodyOf(message);
  const tail = isJsonObject(body) ? `"envelope":${body.toString('utf8')}` : `"body":"${body.toString('base64')}"`;
  return `${properties.slice(0, -1)},${tail}}`;
};

/** The payload that the sender sent, byte for byte; `undefined` when it lies in the archive or this is no envelope. */
export const payloadOf = (message: ServiceBusReceivedMessage): Buffer | undefined => {
  try {
    const data = extractData(bodyOf(message));
    return data.kind === 'claim-check' ? undefined : data.bytes;
  } catch {
    return undefined;
  }
};

import { textBytesAt } from './encoded-value.js';
import { sectionAt } from './message-content.js';

/** The message format of several messages in one transfer, each encoded in a data section of the outer one. */
export const batchMessageFormat = 0x80013700;

const dataSection = 0x75;

/** The encoded messages inside one batched transfer, in order. Throws `MalformedMessage`. */
export function unpackBatch(raw: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (let start = 0; start < raw.length; ) {
    const section = sectionAt(raw, start);
    const data = section.code === dataSection ? textBytesAt(raw, section.value) : undefined;
    if (data !== undefined) messages.push(data);
    start = section.end;
  }
  return messages;
}

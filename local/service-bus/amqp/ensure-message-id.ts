import { endOfValue, itemsAt } from './encoded-value.js';
import { type MessageContent, parseMessage, sectionsOf } from './message-content.js';

const propertiesCode = 0x73;

/**
 * The same message with a message id: its own, or, as Service Bus does for a sender that gives none, the one `newId`
 * makes. Nothing but the properties section changes.
 */
export function ensureMessageId(content: MessageContent, newId: () => string): MessageContent {
  if (content.messageId !== undefined) return content;
  const { raw, bareStart, propertiesEnd } = content;
  const section = sectionsOf(raw).get(propertiesCode);
  const fields = section === undefined ? { count: 0, start: 0, end: 0 } : itemsAt(raw, section.value);
  const rest = fields.count === 0 ? fields.end : endOfValue(raw, fields.start);
  const id = Buffer.from(newId());
  const otherFields = raw.subarray(rest, fields.end);
  const head = Buffer.alloc(12);
  head.writeUInt32BE(0x005373d0, 0);
  head.writeUInt32BE(4 + 2 + id.length + otherFields.length, 4);
  head.writeUInt32BE(Math.max(fields.count, 1), 8);
  const before = raw.subarray(0, section?.start ?? bareStart);
  const after = raw.subarray(section === undefined ? bareStart : propertiesEnd);
  return parseMessage(Buffer.concat([before, head, Buffer.from([0xa1, id.length]), id, otherFields, after]));
}

import fc from 'fast-check';
import rhea from 'rhea';
import { expect, test } from 'vitest';
import { changeApplicationProperties } from '../../../../local/service-bus/amqp/change-application-properties.js';
import { encodeDelivery } from '../../../../local/service-bus/amqp/encode-delivery.js';
import { MalformedMessage } from '../../../../local/service-bus/amqp/encoded-value.js';
import { ensureMessageId } from '../../../../local/service-bus/amqp/ensure-message-id.js';
import { parseMessage } from '../../../../local/service-bus/amqp/message-content.js';
import { batchMessageFormat, unpackBatch } from '../../../../local/service-bus/amqp/unpack-batch.js';
import type { StoredMessage } from '../../../../local/service-bus/broker/stored-message.js';
import { bodyOf, encode, messageOf } from './broker-under-test.js';

function stored(changes: Partial<StoredMessage>): StoredMessage {
  return {
    sequenceNumber: 1,
    enqueuedSequenceNumber: 1,
    enqueuedAtMs: 1000,
    scheduledForMs: undefined,
    expiresAtMs: undefined,
    content: messageOf('body'),
    deliveryCount: 0,
    placement: 'active',
    ...changes,
  };
}

const decodedDelivery = (message: StoredMessage, lockedUntilMs?: number) =>
  rhea.message.decode(encodeDelivery(message, lockedUntilMs));

test('message: what the broker needs is read, whatever else the sender says', () => {
  const due = new Date('2026-01-01T00:00:05.000Z');

  const content = messageOf('body', {
    message_id: 'id',
    group_id: 'Zoë/1',
    ttl: 70_000,
    subject: 's'.repeat(300),
    message_annotations: { 'x-opt-scheduled-enqueue-time': due, 'x-opt-partition-key': 'p' },
  });

  expect(content).toMatchObject({
    messageId: 'text:id',
    sessionId: 'Zoë/1',
    ttlMs: 70_000,
    scheduledForMs: due.getTime(),
  });
});

test('message: one that names nothing has nothing', () => {
  const content = parseMessage(Buffer.from('005375a0026869', 'hex'));

  expect(content).toMatchObject({ messageId: undefined, sessionId: undefined, ttlMs: undefined, bareStart: 0 });
});

test('message: a delivery carries what Service Bus adds, and the sender cannot forge it', () => {
  const content = messageOf('body', {
    ttl: 5000,
    message_annotations: { 'x-opt-sequence-number': 99, 'x-opt-locked-until': new Date(0), mine: 'kept' },
    application_properties: { type: 'x' },
  });
  const message = stored({
    content,
    sequenceNumber: 2 ** 40,
    enqueuedSequenceNumber: 7,
    deliveryCount: 3,
    expiresAtMs: 6000,
  });

  const delivered = decodedDelivery({ ...message, placement: 'deferred' }, 61_000);

  expect(delivered).toMatchObject({ ttl: 5000, delivery_count: 3, application_properties: { type: 'x' } });
  expect(delivered['message_annotations']).toEqual({
    'x-opt-sequence-number': 2 ** 40,
    'x-opt-enqueue-sequence-number': 7,
    'x-opt-enqueued-time': new Date(1000),
    'x-opt-locked-until': new Date(61_000),
    'x-opt-message-state': 1,
    mine: 'kept',
  });
  expect(decodedDelivery(message)['message_annotations']).not.toHaveProperty('x-opt-locked-until');
});

test('message: everything from the properties on is delivered byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.dictionary(fc.string(), fc.string()), (bytes, properties) => {
      const raw = rhea.message.encode({
        subject: 'subject',
        application_properties: properties,
        body: rhea.message.data_section(Buffer.from(bytes)),
      });
      const content = parseMessage(raw);

      const delivered = encodeDelivery(stored({ content }), 5);

      expect(delivered.subarray(delivered.length - (raw.length - content.bareStart))).toEqual(
        raw.subarray(content.bareStart),
      );
      expect(Buffer.from(rhea.message.decode(delivered)['body'].content)).toEqual(Buffer.from(bytes));
    }),
  );
});

test('message: changed application properties leave the others and the body as they were', () => {
  const content = messageOf('body', {
    message_id: 'id',
    application_properties: { tries: 1, big: rhea.types.wrap_long(2 ** 40), Zoë: true },
  });

  const changed = changeApplicationProperties(content, { tries: 2, why: 'busy', at: new Date(5) });

  expect(changed.messageId).toBe('text:id');
  expect(bodyOf(changed)).toBe('body');
  expect(rhea.message.decode(changed.raw)['application_properties']).toEqual({
    tries: 2,
    big: 2 ** 40,
    Zoë: true,
    why: 'busy',
    at: new Date(5),
  });
});

test('message: one without application properties gets the changed ones', () => {
  const content = parseMessage(Buffer.from('005375a0026869', 'hex'));

  const changed = changeApplicationProperties(content, { DeadLetterReason: 'x' });

  expect(rhea.message.decode(changed.raw)['application_properties']).toEqual({ DeadLetterReason: 'x' });
  expect(bodyOf(changed)).toBe('hi');
});

test.each([
  ['no properties at all', Buffer.from('005375a0026869', 'hex')],
  ['an empty list of properties', Buffer.from('00537345005375a0026869', 'hex')],
  ['a null message id before other properties', encode('hi', { subject: 'kept' })],
])('message: an id is added to one with %s', (_, raw) => {
  const content = ensureMessageId(parseMessage(raw), () => 'new');

  expect(content.messageId).toBe('text:new');
  expect(bodyOf(content)).toBe('hi');
  expect(rhea.message.decode(content.raw)['subject']).toBe(rhea.message.decode(raw)['subject']);
});

test('message: an id that is there stays', () => {
  const content = messageOf('hi', { message_id: 'own' });

  expect(ensureMessageId(content, () => 'new')).toBe(content);
});

test('message: a batch is unpacked into the messages as they were encoded', () => {
  const messages = [encode('one', { group_id: 'a' }), encode('two'), encode('x'.repeat(300))];
  const batch = rhea.message.encode({
    body: rhea.message.data_sections(messages),
    message_annotations: { of: 'first' },
  });

  expect(unpackBatch(batch)).toEqual(messages);
  expect(batchMessageFormat).toBe(0x80013700);
});

test('message: bytes that are no AMQP message are malformed, never a crash', () => {
  const good = encode('body', { message_id: 'id', application_properties: { a: 1 } });
  const parse = (raw: Buffer) => {
    try {
      parseMessage(raw);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
    }
  };

  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => parse(Buffer.from(bytes))));
  fc.assert(fc.property(fc.nat(good.length - 1), (length) => parse(good.subarray(0, length))));
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
      const damaged = Buffer.from(good);
      damaged[at] = byte;
      parse(damaged);
    }),
  );
  expect(() => parseMessage(Buffer.alloc(0))).toThrow(MalformedMessage);
});

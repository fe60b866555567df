import { once } from 'node:events';
import rhea, { type Connection, type Delivery, type Message, type Receiver, type Sender } from 'rhea';
import { expect, onTestFinished, test } from 'vitest';
import { lockTokenOf } from '../../../local/service-bus/amqp/lock-token-bytes.js';
import { sectionsOf } from '../../../local/service-bus/amqp/message-content.js';
import { readTyped, type TypedValues, typedEntries } from '../../../local/service-bus/amqp/typed-value.js';
import type { ServiceBusStandIn } from '../../../local/service-bus/start-service-bus.js';
import { counts, standIn } from './stand-in.js';

const { types } = rhea;

/** A client that speaks AMQP 1.0 by hand, for what the SDK never does. */
async function amqpClient({ port }: ServiceBusStandIn): Promise<Connection> {
  const connection = rhea.create_container().connect({ host: '127.0.0.1', port, reconnect: false });
  onTestFinished(() => connection.close());
  connection.on('disconnected', () => {});
  await once(connection, 'connection_open');
  return connection;
}

async function senderTo(connection: Connection, address: string): Promise<Sender> {
  const sender = connection.open_sender({ target: { address } });
  await once(sender, 'sendable');
  return sender;
}

async function receiverFrom(connection: Connection, address: string): Promise<Receiver> {
  const receiver = connection.open_receiver({ source: { address }, credit_window: 0, autoaccept: false });
  await once(receiver, 'receiver_open');
  return receiver;
}

const textMessage = (text: string, more = {}) => ({ ...more, body: rhea.message.data_section(Buffer.from(text)) });

test('amqp: a receiver gets as many messages as it gave credit for, and no more', async () => {
  const { serviceBus } = await standIn();
  const connection = await amqpClient(serviceBus);
  const sender = await senderTo(connection, 'plain');
  const receiver = await receiverFrom(connection, 'plain');
  const got: unknown[] = [];
  receiver.on('message', ({ message }) => void got.push(String(message.body.content)));
  for (const text of ['1', '2', '3', '4']) sender.send(textMessage(text));

  receiver.add_credit(3);
  await expect.poll(() => got).toEqual(['1', '2', '3']);

  expect(counts(serviceBus, 'plain')).toEqual({ active: 4, locked: 3 });
});

test('amqp: a drain is answered although the credit is already used up', async () => {
  const { serviceBus } = await standIn();
  const connection = await amqpClient(serviceBus);
  const sender = await senderTo(connection, 'plain');
  const receiver = await receiverFrom(connection, 'plain');
  sender.send(textMessage('1'));
  receiver.add_credit(1);
  await once(receiver, 'message');

  receiver.drain_credit();

  await once(receiver, 'receiver_drained');
});

test('amqp: a drain gives back the credit that finds no message', async () => {
  const { serviceBus } = await standIn();
  const connection = await amqpClient(serviceBus);
  const sender = await senderTo(connection, 'plain');
  const receiver = await receiverFrom(connection, 'plain');
  receiver.add_credit(10);
  receiver.drain_credit();
  await once(receiver, 'receiver_drained');
  receiver.drain = false;

  sender.send(textMessage('1'));
  await once(sender, 'accepted');
  expect(counts(serviceBus, 'plain')).toEqual({ active: 1 });
  receiver.add_credit(1);

  await once(receiver, 'message');
});

test('amqp: bytes that are no message are refused, and the link goes on', async () => {
  const { serviceBus } = await standIn();
  const sender = await senderTo(await amqpClient(serviceBus), 'plain');

  sender.send(Buffer.from('this is no message'), undefined, 0);
  const [{ delivery }] = await once(sender, 'rejected');
  sender.send(textMessage('good'));
  await once(sender, 'accepted');

  expect(delivery.remote_state.error).toMatchObject({ condition: 'amqp:decode-error' });
  expect(counts(serviceBus, 'plain')).toEqual({ active: 1 });
});

test('amqp: settled one by one, neighbours keep their own outcomes', async () => {
  const { serviceBus } = await standIn();
  const connection = await amqpClient(serviceBus);
  const sender = await senderTo(connection, 'plain');
  const outcomes: string[] = [];
  for (const outcome of ['accepted', 'rejected']) sender.on(outcome, () => void outcomes.push(outcome));

  connection['socket'].cork();
  sender.send(textMessage('good'));
  sender.send(Buffer.from('bad'), undefined, 0);
  sender.send(textMessage('good'));
  setImmediate(() => connection['socket'].uncork());

  await expect.poll(() => outcomes).toEqual(['accepted', 'rejected', 'accepted']);
});

test('amqp: a released message comes again uncounted', async () => {
  const { serviceBus } = await standIn();
  const connection = await amqpClient(serviceBus);
  const sender = await senderTo(connection, 'plain');
  const receiver = await receiverFrom(connection, 'plain');
  sender.send(textMessage('1'));
  receiver.add_credit(1);
  const [{ delivery }] = await once(receiver, 'message');

  delivery.release();
  receiver.add_credit(1);
  const [{ message }] = await once(receiver, 'message');

  expect(message.delivery_count).toBe(0);
});

test('amqp: a client that goes while it waits for a session takes none', async () => {
  const { client, serviceBus } = await standIn();
  const connection = await amqpClient(serviceBus);
  const source = { address: 'ordered', filter: { 'com.microsoft:session-filter': null } };
  connection.open_receiver({ source, credit_window: 0, autoaccept: false });
  await senderTo(connection, 'plain');

  connection.close();
  await once(connection, 'connection_close');
  await client.createSender('ordered').sendMessages({ body: 1, sessionId: 'a' });

  expect((await client.acceptNextSession('ordered')).sessionId).toBe('a');
});

test('amqp: management lists sessions, and answers what it does not know', async () => {
  const { serviceBus } = await standIn();
  const connection = await amqpClient(serviceBus);
  const sender = await senderTo(connection, 'ordered');
  for (const group_id of ['a', 'b', 'a', 'c']) sender.send(textMessage('x', { group_id }));
  await expect.poll(() => counts(serviceBus, 'ordered')).toEqual({ active: 4, sessions: 3 });
  const requests = await senderTo(connection, 'ordered/$management');
  const replies = connection.open_receiver({ source: { address: 'ordered/$management' }, target: { address: 'me' } });
  await once(replies, 'receiver_open');
  const ask = async (operation: string, body: object) => {
    requests.send({ message_id: operation, reply_to: 'me', application_properties: { operation }, body });
    const [{ message }] = await once(replies, 'message');
    return message;
  };

  const sessions = await ask('com.microsoft:get-message-sessions', {
    'last-updated-time': new Date(0),
    skip: 1,
    top: 5,
  });
  expect(sessions.body).toEqual({ skip: 3, 'sessions-ids': ['b', 'c'] });
  expect(await ask('com.microsoft:unheard-of', {})).toMatchObject({
    application_properties: { statusCode: 501, errorCondition: 'amqp:not-implemented' },
  });
  expect(await ask('com.microsoft:peek-message', { nonsense: 1 })).toMatchObject({
    correlation_id: 'com.microsoft:peek-message',
    application_properties: { statusCode: 400, errorCondition: 'com.microsoft:argument-error' },
  });
});

const typedProperties = {
  five: types.wrap_int(5),
  negative: types.wrap_int(-70_000),
  large: types.wrap_long(2 ** 52),
  unsigned: types.wrap_uint(5),
  byte: types.wrap_ubyte(7),
  half: types.wrap_double(0.5),
  whole: types.wrap_double(3),
  single: types.wrap_float(1.5),
  guid: types.wrap_uuid(Buffer.from('00112233445566778899aabbccddeeff', 'hex')),
  when: types.wrap_timestamp(new Date(1_700_000_000_000)),
  letter: types.wrap_char(0x78),
  word: types.wrap_symbol('word'),
  bytes: types.wrap_binary(Buffer.from([1, 2])),
  yes: types.wrap_boolean(true),
  nothing: types.wrap(null),
};
const typesAndValues = (properties: TypedValues) =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      { type: Reflect.get(value.type, 'typecode'), value: types.unwrap(value) },
    ]),
  );

/** The application properties of the one message in a queue, as encoded: what rhea decodes has no types any more. */
const storedProperties = async (connection: Connection, queue: string): Promise<TypedValues> => {
  const message = await peeked(connection, queue);
  const section = sectionsOf(message).get(0x74);
  return typedEntries(readTyped(message.subarray(section?.value, section?.end)));
};

const peeked = async (connection: Connection, queue: string): Promise<Buffer> => {
  const { body } = await manage(connection, queue, 'peek-message', {
    'from-sequence-number': types.wrap_long(0),
    'message-count': types.wrap_int(1),
  });
  return body.messages[0].message;
};

const manage = async (connection: Connection, queue: string, operation: string, body: object): Promise<Message> => {
  const requests = await senderTo(connection, `${queue}/$management`);
  const me = `${operation}-${queue}`;
  const replies = connection.open_receiver({ source: { address: `${queue}/$management` }, target: { address: me } });
  await once(replies, 'receiver_open');
  requests.send({
    message_id: 'id',
    reply_to: me,
    application_properties: { operation: `com.microsoft:${operation}` },
    body,
  });
  const [{ message }] = await once(replies, 'message');
  return message;
};

test.each([
  ['abandoned', 'plain', (delivery: Delivery) => delivery.modified({ message_annotations: typedProperties })],
  [
    'set aside',
    'plain',
    (delivery: Delivery) => delivery.modified({ undeliverable_here: true, message_annotations: typedProperties }),
  ],
  [
    'dead-lettered',
    'plain/$deadletterqueue',
    (delivery: Delivery) =>
      delivery.update(
        true,
        types.described(
          types.wrap_ulong(0x25),
          types.wrap_list([types.wrap_error({ condition: 'com.microsoft:dead-letter', info: typedProperties })]),
        ),
      ),
  ],
])('amqp: properties changed when a message is %s keep their AMQP types', async (_, queue, settle) => {
  const { serviceBus } = await standIn();
  const connection = await amqpClient(serviceBus);
  const sender = await senderTo(connection, 'plain');
  const receiver = await receiverFrom(connection, 'plain');
  sender.send(textMessage('1', { application_properties: { kept: types.wrap_int(1) } }));
  receiver.add_credit(1);
  const [{ delivery }] = await once(receiver, 'message');

  settle(delivery);
  await expect.poll(() => counts(serviceBus, 'plain')['locked']).toBeUndefined();

  expect(typesAndValues(await storedProperties(connection, queue))).toEqual({
    ...typesAndValues(typedProperties),
    kept: { type: 0x54, value: 1 },
  });
});

test('amqp: properties changed without a link keep their AMQP types, too', async () => {
  const { serviceBus } = await standIn();
  const connection = await amqpClient(serviceBus);
  const sender = await senderTo(connection, 'plain');
  const receiver = await receiverFrom(connection, 'plain');
  sender.send(textMessage('1'));
  receiver.add_credit(1);
  const [{ delivery }] = await once(receiver, 'message');
  const token = Buffer.from(lockTokenOf(delivery.tag), 'hex');

  await manage(connection, 'plain', 'update-disposition', {
    'lock-tokens': types.wrap_array([token], 0x98, undefined),
    'disposition-status': 'abandoned',
    'properties-to-modify': types.wrap_map(typedProperties),
  });

  expect(typesAndValues(await storedProperties(connection, 'plain'))).toEqual(typesAndValues(typedProperties));
});

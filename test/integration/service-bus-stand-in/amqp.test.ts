import { once } from 'node:events';
import rhea, { type Connection, type Receiver, type Sender } from 'rhea';
import { expect, onTestFinished, test } from 'vitest';
import type { ServiceBusStandIn } from '../../../local/service-bus/start-service-bus.js';
import { counts, standIn } from './stand-in.js';

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
  expect(await ask('com.microsoft:unheard-of', {})).toMatchObject({ application_properties: { statusCode: 400 } });
  expect(await ask('com.microsoft:peek-message', { nonsense: 1 })).toMatchObject({
    correlation_id: 'com.microsoft:peek-message',
    application_properties: { statusCode: 400, errorCondition: 'com.microsoft:argument-error' },
  });
});

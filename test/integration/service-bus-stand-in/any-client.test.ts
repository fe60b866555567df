import rhea, { type Typed } from 'rhea';
import { expect, test } from 'vitest';
import { describedList, frame, headers, performative, rawClient } from './raw-client.js';
import { standIn } from './stand-in.js';

const { types } = rhea;

const open = frame(performative.open, [types.wrap_string('me'), types.wrap_string('127.0.0.1')]);
const begin = frame(performative.begin, [undefined, types.wrap_uint(0), types.wrap_uint(100), types.wrap_uint(100)]);
const credit = (nextIncomingId: Typed | undefined, deliveryCount: Typed | undefined) =>
  frame(performative.flow, [
    nextIncomingId,
    types.wrap_uint(100),
    types.wrap_uint(0),
    types.wrap_uint(100),
    types.wrap_uint(0),
    deliveryCount,
    types.wrap_uint(10),
  ]);

/** A receiving link on handle 0; `filter` makes it a session's. */
const attach = (address: string, filter?: Typed) =>
  frame(performative.attach, [
    types.wrap_string('link'),
    types.wrap_uint(0),
    types.wrap_boolean(true),
    undefined,
    undefined,
    describedList(0x28, [
      types.wrap_string(address),
      ...[2, 3, 4, 5, 6, 7].map(() => undefined),
      filter === undefined ? undefined : types.wrap_symbolic_map({ 'com.microsoft:session-filter': filter }),
    ]),
    describedList(0x29, [types.wrap_string('me')]),
  ]);

test('any client: the SASL layer offers what Service Bus offers', async () => {
  const { serviceBus } = await standIn();
  const client = await rawClient(serviceBus);

  client.say(headers.sasl);

  const { fields } = await client.hear(performative.saslMechanisms);
  expect(types.unwrap(fields[0])).toEqual(['MSSBCBS', 'PLAIN', 'ANONYMOUS', 'EXTERNAL']);
});

test.each([
  ['MSSBCBS', undefined],
  ['PLAIN', '\0RootManageSharedAccessKey\0key'],
  ['ANONYMOUS', undefined],
  ['EXTERNAL', ''],
] as const)('any client: %s lets a client in', async (mechanism, response) => {
  const { serviceBus } = await standIn();
  const client = await rawClient(serviceBus);
  client.say(headers.sasl);
  await client.hear(performative.saslMechanisms);

  client.say(
    frame(performative.saslInit, [
      types.wrap_symbol(mechanism),
      response === undefined ? undefined : types.wrap_binary(Buffer.from(response)),
    ]),
  );
  const outcome = await client.hear(performative.saslOutcome);
  client.say(headers.amqp, open);

  expect(types.unwrap(outcome.fields[0])).toBe(0);
  await client.hear(performative.open);
});

test('any client: a mechanism that was not offered, and PLAIN while everyone is refused, get no further', async () => {
  const { serviceBus } = await standIn();
  serviceBus.setFault('unauthorized');
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256']) {
    const client = await rawClient(serviceBus);
    client.say(headers.sasl);
    await client.hear(performative.saslMechanisms);

    client.say(frame(performative.saslInit, [types.wrap_symbol(mechanism), types.wrap_binary(Buffer.from('\0a\0b'))]));

    expect(types.unwrap((await client.hear(performative.saslOutcome)).fields[0])).toBe(1);
  }
});

test.each([
  ['as it must be before the answers', undefined, undefined],
  ['with counts that were guessed', types.wrap_uint(0), types.wrap_uint(0)],
])('any client: credit sent along with the attach, %s, brings messages after the attach is answered', async (_, id, count) => {
  const { serviceBus, client: sdk } = await standIn();
  await sdk.createSender('plain').sendMessages([{ body: 1 }, { body: 2 }]);
  const client = await rawClient(serviceBus);

  client.say(headers.amqp, open, begin, attach('plain'), credit(id, count));
  await client.hear(performative.transfer, 2);

  const { transfer } = performative;
  expect(client.codes()).toEqual([performative.open, performative.begin, performative.attach, transfer, transfer]);
});

test('any client: on a session that runs, too, no transfer comes before its link is answered', async () => {
  const { serviceBus, client: sdk } = await standIn();
  await sdk.createSender('plain').sendMessages({ body: 1 });
  const client = await rawClient(serviceBus);
  client.say(headers.amqp, open, begin);
  await client.hear(performative.begin);

  client.say(attach('plain'), credit(types.wrap_uint(0), undefined));
  await client.hear(performative.transfer);

  expect(client.codes().slice(2)).toEqual([performative.attach, performative.transfer]);
});

test.each([
  ['that is free', 'a'],
  ['that comes later', null],
])('any client: credit sent along with the attach to a session %s is not lost', async (_, session) => {
  const { serviceBus, client: sdk } = await standIn();
  const client = await rawClient(serviceBus);

  client.say(headers.amqp, open, begin, attach('ordered', types.wrap(session)), credit(undefined, undefined));
  await client.hear(performative.begin);
  await sdk.createSender('ordered').sendMessages({ body: 1, sessionId: 'a' });
  await client.hear(performative.transfer);

  expect(client.codes().slice(2)).toEqual([performative.attach, performative.transfer]);
});

test('any client: a transaction is refused as not implemented, and the connection goes on', async () => {
  const { serviceBus } = await standIn();
  const client = await rawClient(serviceBus);
  const coordinator = describedList(0x30, [types.wrap_symbol('amqp:local-transactions')]);

  client.say(
    headers.amqp,
    open,
    begin,
    frame(performative.attach, [
      types.wrap_string('tx'),
      types.wrap_uint(0),
      types.wrap_boolean(false),
      undefined,
      undefined,
      describedList(0x28, []),
      coordinator,
      undefined,
      undefined,
      types.wrap_uint(0),
    ]),
  );
  const { fields } = await client.hear(performative.detach);
  client.say(frame(performative.detach, [types.wrap_uint(0), types.wrap_boolean(true)]));
  client.say(attach('plain'));
  await client.hear(performative.attach, 2);

  expect(types.unwrap(fields[2])).toMatchObject({ condition: 'amqp:not-implemented' });
});

test('any client: a sending and a receiving link may have one name, and hear it', async () => {
  const { serviceBus } = await standIn();
  const client = await rawClient(serviceBus);
  const sending = frame(performative.attach, [
    types.wrap_string('link'),
    types.wrap_uint(1),
    types.wrap_boolean(false),
    undefined,
    undefined,
    describedList(0x28, []),
    describedList(0x29, [types.wrap_string('plain')]),
    undefined,
    undefined,
    types.wrap_uint(0),
  ]);

  client.say(headers.amqp, open, begin, attach('plain'), sending);

  const answers = [await client.hear(performative.attach, 1), await client.hear(performative.attach, 2)];
  expect(answers.map(({ fields }) => types.unwrap(fields[0]))).toEqual(['link', 'link']);
  expect(answers.map(({ fields }) => types.unwrap(fields[2])).toSorted()).toEqual([false, true]);
});

test('any client: two links of one name and direction end the connection with the reason', async () => {
  const { serviceBus } = await standIn();
  const client = await rawClient(serviceBus);

  client.say(headers.amqp, open, begin, attach('plain'), attach('plain'));

  const { fields } = await client.hear(performative.close);
  expect(types.unwrap(fields[0])).toMatchObject({
    condition: 'amqp:not-allowed',
    description: "A link with the name 'link' is attached already.",
  });
});

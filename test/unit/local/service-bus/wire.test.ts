import { expect, test } from 'vitest';
import { deliveryTagOf, lockTokenOf } from '../../../../local/service-bus/amqp/lock-token-bytes.js';
import { lockTokens } from '../../../../local/service-bus/broker/lock-tokens.js';
import { entityAddress } from '../../../../local/service-bus/wire/entity-address.js';
import { settlementOf } from '../../../../local/service-bus/wire/settlement-of.js';

test.each([
  ['$cbs', { kind: 'cbs' }],
  ['bot-notifier', { kind: 'queue', queue: 'bot-notifier', deadLetters: false }],
  ['bot/with/path', { kind: 'queue', queue: 'bot/with/path', deadLetters: false }],
  ['bot/$DeadLetterQueue', { kind: 'queue', queue: 'bot', deadLetters: true }],
  ['bot/$management', { kind: 'management', queue: 'bot', deadLetters: false }],
  ['bot/$deadletterqueue/$management', { kind: 'management', queue: 'bot', deadLetters: true }],
  ['amqps://127.0.0.1:5672/bot/$Management', { kind: 'management', queue: 'bot', deadLetters: false }],
  ['', { kind: 'queue', queue: '', deadLetters: false }],
])('address: %s', (address, expected) => {
  expect(entityAddress(address)).toEqual(expected);
});

test('lock token: travels as a Guid in the byte order of .NET and comes back the same', () => {
  const token = '00112233445566778899aabbccddeeff';

  expect(deliveryTagOf(token).toString('hex')).toBe('33221100554477668899aabbccddeeff');
  expect(lockTokenOf(deliveryTagOf(token))).toBe(token);
});

test('lock token: none is given twice, not even by the next process', () => {
  const one = lockTokens(Buffer.from('0123456789abcdef', 'hex'));
  const other = lockTokens(Buffer.from('fedcba9876543210', 'hex'));

  const tokens = [one(), one(), other(), other()];

  expect(new Set(tokens).size).toBe(4);
  for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
});

test.each([
  ['accepted', undefined, { kind: 'complete' }],
  ['released', undefined, { kind: 'abandon', count: false, changes: {} }],
  ['modified', { undeliverable_here: false }, { kind: 'abandon', count: true, changes: {} }],
  [
    'modified',
    { delivery_failed: true, message_annotations: { a: 1 } },
    { kind: 'abandon', count: true, changes: { a: 1 } },
  ],
  ['rejected', { error: null }, { kind: 'dead-letter', reason: undefined, description: undefined, changes: {} }],
  [
    'rejected',
    {
      error: {
        condition: 'com.microsoft:dead-letter',
        info: { DeadLetterReason: 'r', DeadLetterErrorDescription: 'd', a: 1 },
      },
    },
    { kind: 'dead-letter', reason: 'r', description: 'd', changes: { a: 1 } },
  ],
] as const)('settlement: %s %j', (outcome, fields, expected) => {
  expect(settlementOf(outcome, fields)).toEqual(expected);
});

test('settlement: fields of other types decide nothing', () => {
  expect(settlementOf('modified', { undeliverable_here: 'yes' })).toBeUndefined();
  expect(settlementOf('rejected', { error: 'no' })).toBeUndefined();
});

test('settlement: modified and undeliverable here defers', () => {
  expect(settlementOf('modified', { undeliverable_here: true, message_annotations: { a: 1 } })).toMatchObject({
    kind: 'defer',
    changes: { a: 1 },
  });
});

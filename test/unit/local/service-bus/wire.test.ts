import rhea from 'rhea';
import { expect, test } from 'vitest';
import { deliveryTagOf, lockTokenOf } from '../../../../local/service-bus/amqp/lock-token-bytes.js';
import { readTyped } from '../../../../local/service-bus/amqp/typed-value.js';
import { lockTokens } from '../../../../local/service-bus/broker/lock-tokens.js';
import { entityAddress } from '../../../../local/service-bus/wire/entity-address.js';
import { settlementOf } from '../../../../local/service-bus/wire/settlement-of.js';

const { types } = rhea;

test.each([
  ['$cbs', { kind: 'cbs' }],
  ['bot-notifier', { kind: 'queue', queue: 'bot-notifier', deadLetters: false }],
  ['bot/with/path', { kind: 'queue', queue: 'bot/with/path', deadLetters: false }],
  ['bot/$DeadLetterQueue', { kind: 'queue', queue: 'bot', deadLetters: true }],
  ['bot/$management', { kind: 'management', queue: 'bot', deadLetters: false }],
  ['bot/$deadletterqueue/$management', { kind: 'management', queue: 'bot', deadLetters: true }],
  ['amqps://127.0.0.1:5672/bot/$Management', { kind: 'management', queue: 'bot', deadLetters: false }],
  ['', { kind: 'queue', queue: '', deadLetters: false }],
  ['$coordinator', { kind: 'coordinator' }],
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

const int = types.wrap_int(1);
const noList = types.wrap_string('no list');

test.each([
  ['accepted', undefined, { kind: 'complete' }],
  ['released', undefined, { kind: 'abandon', count: false, changes: {} }],
  ['modified', [true, false], { kind: 'abandon', count: true, changes: {} }],
  ['modified', [true, null, types.wrap_map({ a: int })], { kind: 'abandon', count: true, changes: { a: int } }],
  ['modified', [null, true, types.wrap_map({ a: int })], { kind: 'defer', count: true, changes: { a: int } }],
  ['modified', [null, readTyped(Buffer.from([0x56, 1]))], { kind: 'defer', count: true, changes: {} }],
  ['modified', [null, readTyped(Buffer.from([0x56, 0])), null], { kind: 'abandon', count: true, changes: {} }],
  ['rejected', [], { kind: 'dead-letter', reason: undefined, description: undefined, changes: {} }],
  ['rejected', [null], { kind: 'dead-letter', reason: undefined, description: undefined, changes: {} }],
  [
    'rejected',
    [
      types.wrap_list([
        types.wrap_symbol('com.microsoft:dead-letter'),
        null,
        types.wrap_map({ DeadLetterReason: 'r', DeadLetterErrorDescription: 'd', a: int }),
      ]),
    ],
    { kind: 'dead-letter', reason: 'r', description: 'd', changes: { a: int } },
  ],
] as const)('settlement: %s %j', (outcome, fields, expected) => {
  expect(settlementOf(outcome, fields && types.wrap_list([...fields]))).toEqual(expected);
});

test('settlement: fields of other types decide nothing', () => {
  expect(settlementOf('modified', noList)).toBeUndefined();
  expect(settlementOf('modified', types.wrap_list([null, 'yes']))).toBeUndefined();
  expect(settlementOf('rejected', types.wrap_list([noList]))).toBeUndefined();
});

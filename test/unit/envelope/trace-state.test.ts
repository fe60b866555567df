import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { continueTraceState } from '../../../src/envelope/event-identity.js';
import { anyCharacter } from '../../support/any-character.js';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const continued = (tracestate: string | null): string | undefined => continueTraceState({ traceparent, tracestate });

const members = (count: number): string => Array.from({ length: count }, (_, number) => `k${number}=v`).join();

describe('trace state', () => {
  it.each([
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    'fw529a3039@dt=FfffffeC,4@nr=0-0-1',
    'a=x y~!"<>',
    `a=${'v'.repeat(256)}`,
    members(32),
    `a=${'v'.repeat(253)},b=${'v'.repeat(254)}`,
  ])('%s travels as it is', (tracestate) => {
    expect(continued(tracestate)).toBe(tracestate);
  });

  it('space around members and empty members, which mean nothing, do not travel', () => {
    expect(continued(' a=1 ,\tb=2,, c=3\t')).toBe('a=1,b=2,c=3');
  });

  it.each([
    ['is missing', null],
    ['is empty', ''],
    ['holds no member', ' , ,'],
    ['holds a member without a value', 'a=1,b='],
    ['holds a member without a key', '=1'],
    ['holds a key in upper case', 'Vendor=1'],
    ['holds a second equals sign', 'a=b=c'],
    ['holds text beyond ASCII', 'a=ü'],
    ['holds a line feed', 'a=1\nb=2'],
    ['holds a key that is too long', `${'k'.repeat(257)}=1`],
    ['holds a value that is too long', `a=${'v'.repeat(257)}`],
    ['holds 33 members', members(33)],
    ['is longer than 512 characters', `a=${'v'.repeat(254)},b=${'v'.repeat(254)}`],
  ])('is ignored when it %s', (_what, tracestate) => {
    expect(continued(tracestate)).toBeUndefined();
  });

  it.each([
    null,
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  ])('is ignored beside the traceparent %j', (other) => {
    expect(continueTraceState({ traceparent: other, tracestate: 'a=1' })).toBeUndefined();
  });

  it('what travels is within bounds, valid, and travels on unchanged, whatever came', () => {
    const piece = fc.constantFrom('a=1', 'k@v=x y', ',', ' ', '\t', '=', '\n', 'A=1', '\u00e9', '"', 'x'.repeat(200));
    const text = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
      fc.array(fc.constantFrom('a=1', 'b=2 ', ' c=x y'), { maxLength: 40 }).map((all) => all.join()),
      fc.string({ unit: anyCharacter, maxLength: 600 }),
    );
    fc.assert(
      fc.property(text, (tracestate) => {
        const once = continued(tracestate);

        expect(once ?? 'a=1').toMatch(/^[ -~]{1,512}$/);
        expect(once === undefined ? undefined : continued(once)).toBe(once);
      }),
    );
  });
});

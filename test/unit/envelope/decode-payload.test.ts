import { describe, expect, it } from 'vitest';
import { decodePayload } from '../../../src/envelope/decode-payload.js';

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

const decodeJson = (body: string | Buffer) =>
  decodePayload({ body: Buffer.from(body), contentType: json, formField: 'payload' });
const decodePlain = (body: string) =>
  decodePayload({ body: Buffer.from(body), contentType: form, formField: 'payload', plainForms: true });
const decodeForm = (body: string | Buffer) =>
  decodePayload({ body: Buffer.from(body), contentType: form, formField: 'payload' });
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('payload', () => {
  it('of JSON is read, and can travel as it is', () => {
    expect(decodeJson('{"a":[1]}')).toEqual({ kind: 'json', value: { a: [1] }, verbatimJson: true });
  });

  it('with a byte order mark is read, and cannot stand inside other JSON', () => {
    const body = Buffer.concat([byteOrderMark, Buffer.from('{"a":1}')]);

    expect(decodeJson(body)).toEqual({ kind: 'json', value: { a: 1 }, verbatimJson: false });
  });

  it.each([
    'application/json; charset=utf-8',
    'APPLICATION/JSON; charset=latin1',
    '',
  ])('is UTF-8 JSON whatever %j says of its charset', (contentType) => {
    expect(decodePayload({ body: Buffer.from('"é"'), contentType })).toMatchObject({ kind: 'json', value: 'é' });
  });

  it('of a form is the JSON in its field', () => {
    const body = `payload=${encodeURIComponent('{"text":"a+b & ♥"}')}`;

    expect(decodeForm(body)).toEqual({ kind: 'form', value: { text: 'a+b & ♥' } });
  });

  it('of a form is read by the rules of forms', () => {
    expect(decodeForm('payload=%5B%22a+b%2b%4g%%22%5d')).toEqual({ kind: 'form', value: ['a b+%4g%'] });
  });

  it.each([
    ['of fields', 'command=%2Fdeploy&text=a+%26+b', { command: '/deploy', text: 'a & b' }],
    ['of fields, one of them empty', 'command=%2Fdeploy&text=', { command: '/deploy', text: '' }],
  ])('of a form %s is what they say', (_what, body, value) => {
    expect(decodePlain(body)).toEqual({ kind: 'form', value });
  });

  it.each([
    ['JSON text with a field in it', '{"text":"&command=/deploy&x="}'],
    ['JSON text with the JSON field in it', '{"text":"&payload=%7B%7D"}'],
    ['a field twice', 'command=a&command=b'],
    ['a field without a value', 'command=a&text'],
    ['a field without a name', 'command=a&=b'],
    ['nothing between two fields', 'command=a&&text=b'],
    ['an escaped name', 'comm%61nd=a'],
    ['the JSON field beside others', 'command=a&payload=%7B%7D'],
    ['a byte order mark', '\ufeffcommand=a'],
    ['white space before it', ' command=a'],
  ])('of a form with %s has more than one reading, and is refused', (_what, body) => {
    expect(decodePlain(body)).toEqual({ kind: 'malformed', reason: 'ambiguous-form' });
  });

  it('of a form is told by its media type, however that is spelled', () => {
    const contentType = ' Application/X-WWW-Form-URLEncoded ; charset=UTF-8';

    expect(decodePayload({ body: Buffer.from('payload=1'), contentType, formField: 'payload' })).toEqual({
      kind: 'form',
      value: 1,
    });
  });

  it('that calls itself a form is JSON to a provider that sends no forms', () => {
    expect(decodePayload({ body: Buffer.from('[1]'), contentType: form })).toMatchObject({ kind: 'json', value: [1] });
  });

  it.each([
    ['empty', ''],
    ['empty but for a byte order mark', byteOrderMark],
  ])('that is %s is refused as such', (_what, body) => {
    expect(decodeJson(body)).toEqual({ kind: 'malformed', reason: 'empty' });
  });

  it.each([
    ['a stray continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character cut short', [0x22, 0xe2, 0x82, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x22, 0x00, 0x22, 0x00]],
  ])('that holds %s is not UTF-8', (_what, bytes) => {
    expect(decodeJson(Buffer.from(bytes))).toEqual({ kind: 'malformed', reason: 'not-utf8' });
  });

  it.each([
    '{',
    '{"a":1,}',
    'undefined',
    'NaN',
    "{'a':1}",
    '[1] [2]',
    '01',
    '"\n"',
    ' ',
    '\u00a0{}',
    '\ufeff\ufeff{}',
  ])('such as %j is not JSON', (body) => {
    expect(decodeJson(body)).toEqual({ kind: 'malformed', reason: 'not-json' });
  });

  it.each([
    ['without its field', 'body=%7B%7D', 'ambiguous-form'],
    ['with its field twice', 'payload=%7B%7D&payload=%7B%7D', 'ambiguous-form'],
    ['with another field beside it', 'payload=%7B%7D&x=1', 'ambiguous-form'],
    ['with another field before it', 'x=1&payload=%7B%7D', 'ambiguous-form'],
    ['whose field is spelled otherwise', 'p%61yload=%7B%7D', 'ambiguous-form'],
    ['that is JSON text with the field in it', '{"text":"&payload=%7B%7D"}', 'ambiguous-form'],
    ['that is a JSON string', '"payload=1"', 'ambiguous-form'],
    ['with an empty field', 'payload=', 'empty'],
    ['with no bytes', '', 'empty'],
    ['whose field is not UTF-8', 'payload=%22%ff%22', 'not-utf8'],
    ['whose field is not JSON', 'payload=%zz', 'not-json'],
    ['whose field nests too deeply', `payload=${nested(129)}`, 'too-deep'],
  ])('of a form %s is refused', (_what, body, reason) => {
    expect(decodeForm(body)).toEqual({ kind: 'malformed', reason });
  });

  it('nests up to 128 levels', () => {
    expect(decodeJson(nested(128)).kind).toBe('json');
    expect(decodeJson(nested(129))).toEqual({ kind: 'malformed', reason: 'too-deep' });
    expect(decodeJson(`${'{"a":['.repeat(65)}${']}'.repeat(65)}`)).toMatchObject({ reason: 'too-deep' });
  });

  it('is not deep for brackets inside its texts, or for many things side by side', () => {
    expect(decodeJson(JSON.stringify('[{\\"'.repeat(200))).kind).toBe('json');
    expect(decodeJson(JSON.stringify(Array.from({ length: 200 }, () => [{}]))).kind).toBe('json');
  });

  it('is not deep for many more things side by side than are looked at in the value', () => {
    expect(decodeJson(`[${'[],'.repeat(600_000)}1]`).kind).toBe('json');
    expect(decodeJson(`[${'[],'.repeat(600_000)}${nested(128)}]`)).toMatchObject({ reason: 'too-deep' });
    expect(decodeJson(`[${'[],'.repeat(1_000)}${nested(128)}]`)).toMatchObject({ reason: 'too-deep' });
  });

  it('of ten million brackets is refused before it is parsed', () => {
    expect(decodeJson(Buffer.alloc(10_000_000, '['))).toEqual({ kind: 'malformed', reason: 'too-deep' });
  });

  it('of a form with more fields than any sender has is refused before the first one is read', () => {
    const fields = (count: number): string => Array.from({ length: count }, (_, index) => `f${index}=`).join('&');

    expect(decodePlain(fields(1_000))).toMatchObject({ kind: 'form' });
    expect(decodePlain(fields(1_001))).toEqual({ kind: 'malformed', reason: 'too-many-fields' });
    expect(decodeForm('&'.repeat(4_000_000))).toEqual({ kind: 'malformed', reason: 'too-many-fields' });
  });
});

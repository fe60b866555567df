import { describe, expect, it } from 'vitest';
import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import { extractData } from '../../../src/envelope/extract-data.js';
import { sampleAttributes } from './sample-attributes.js';

const extracted = (envelope: string): string => {
  const data = extractData(Buffer.from(envelope));
  return data.kind === 'claim-check' ? data.kind : `${data.kind} ${data.bytes.toString('utf8')}`;
};

describe('data of an envelope', () => {
  it.each([
    ['last', '{"specversion":"1.0","data":{"a":1.10}}', 'json {"a":1.10}'],
    ['first', '{"data":[1e400, -0],"specversion":"1.0"}', 'json [1e400, -0]'],
    ['between white space', '\n{ "id" : "x" ,\t"data" :\r\n {"a" : 1 } , "z":1 }\n', 'json \r\n {"a" : 1 } '],
    ['a text', '{"data":"}\\"]"}', 'json "}\\"]"'],
    ['a number', '{"data":820982911946154508}', 'json 820982911946154508'],
    ['null', '{"data":null ,"a":1}', 'json null '],
    ['an empty object', '{"data":{}}', 'json {}'],
    ['under an escaped name', '{"d\\u0061ta":1}', 'json 1'],
    ['repeated: the last, as a parser has it', '{"data":1,"data":2}', 'json 2'],
  ])('is found where it is %s', (_where, envelope, expected) => {
    expect(extracted(envelope)).toBe(expected);
  });

  it.each([
    ['a text', '{"subject":"\\",\\"data\\":1,","data":2}'],
    ['a nested object', '{"x":{"data":1,"y":[{"data":1}]},"data":2}'],
    ['a list', '{"x":["data",1,{"data":1}],"data":2}'],
    ['a name that ends in a backslash', '{"data\\\\":1,"data":2}'],
    ['a name that only begins like it', '{"dataref":"x","datasize":1,"data":2}'],
  ])('is not mistaken for what %s holds', (_what, envelope) => {
    expect(extracted(envelope)).toBe('json 2');
  });

  it('is decoded from data_base64, escaped slashes included', () => {
    expect(extracted('{"data_base64":"Pz8\\/"}')).toBe('binary ???');
  });

  it('is elsewhere for a claim check', () => {
    expect(extracted('{"dataref":"https://x.example/data","datasize":1}')).toBe('claim-check');
  });

  it('is a view of the envelope, not a copy', () => {
    const envelope = encodeEnvelope(sampleAttributes, { kind: 'json', bytes: Buffer.from('{"a":1}') });

    const data = extractData(envelope);

    expect(data.kind === 'json' && data.bytes.buffer === envelope.buffer).toBe(true);
  });

  it.each([
    '',
    ' ',
    '[]',
    'null',
    '{',
    '{"data"',
    '{"data":1',
    '{"data" 1}',
    '{"a":1 "data":2}',
    '{data:1}',
    '{"a":"',
    '{"data_base64":"a"}',
    '{"data_base64":"Pz8_"}',
    '{"data_base64":"Pz8"}',
    '{"data_base64":{}}',
    '\ufeff{"data":1}',
  ])('is refused in %j with a SyntaxError', (envelope) => {
    expect(() => extractData(Buffer.from(envelope))).toThrow(SyntaxError);
  });
});

import { describe, expect, it } from 'vitest';
import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import { eventEnvelopeSchema } from '../../../src/envelope/event-envelope.js';
import { sampleAttributes } from './sample-attributes.js';

const parse = (encoded: Buffer): unknown => JSON.parse(encoded.toString('utf8'));

describe('envelope', () => {
  it('carries a JSON payload byte for byte, as its last member', () => {
    const payload = ' {"id":820982911946154508, "f":1.10,"e":1e400,"s":"\\u0041\\/" }\n';

    const encoded = encodeEnvelope(sampleAttributes, { kind: 'json', bytes: Buffer.from(payload) });

    expect(encoded.toString('utf8')).toBe(`${JSON.stringify(sampleAttributes).slice(0, -1)},"data":${payload}}`);
  });

  it('carries any other payload as base64', () => {
    const bytes = Buffer.from('payload=%7B%7D');

    expect(parse(encodeEnvelope(sampleAttributes, { kind: 'binary', bytes }))).toEqual({
      ...sampleAttributes,
      data_base64: bytes.toString('base64'),
    });
  });

  it.each([0, 1, 2, 3, 4])('carries %i bytes of base64', (length) => {
    const bytes = Buffer.alloc(length, 0xff);

    expect(parse(encodeEnvelope(sampleAttributes, { kind: 'binary', bytes }))).toHaveProperty(
      'data_base64',
      bytes.toString('base64'),
    );
  });

  it('of a claim check says where the payload lies, how large it is, and its hash', () => {
    const url = 'https://account.blob.core.windows.net/webhook-payloads/github/2026/01/02/x.json';
    const sha256 = 'ab'.repeat(32);

    expect(parse(encodeEnvelope(sampleAttributes, { kind: 'claim-check', url, sha256, size: 300_000 }))).toEqual({
      ...sampleAttributes,
      dataref: url,
      datasha256: sha256,
      datasize: 300_000,
    });
  });

  it.each([
    { kind: 'json', bytes: Buffer.from('null') },
    { kind: 'binary', bytes: Buffer.from('x') },
    { kind: 'claim-check', url: 'https://x.example/y', sha256: 'ab'.repeat(32), size: 1 },
  ] as const)('keeps its own schema with $kind', (data) => {
    expect(eventEnvelopeSchema.safeParse(parse(encodeEnvelope(sampleAttributes, data))).error).toBeUndefined();
  });

  it('keeps attributes that are not ASCII, lone surrogates escaped', () => {
    const attributes = { ...sampleAttributes, subject: 'octo/♥/"\\\u0000\ud800' };

    expect(parse(encodeEnvelope(attributes, { kind: 'json', bytes: Buffer.from('{}') }))).toEqual({
      ...attributes,
      data: {},
    });
  });

  it('is one buffer of just its size, sharing no bytes with the payload', () => {
    const bytes = Buffer.from('{"a":1}');
    const encoded = encodeEnvelope(sampleAttributes, { kind: 'json', bytes });

    bytes.fill(0);

    expect(parse(encoded)).toHaveProperty('data', { a: 1 });
  });
});

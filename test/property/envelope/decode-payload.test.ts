import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DecodedPayload, decodePayload } from '../../../src/envelope/decode-payload.js';
import { jsonText } from './json-text.js';

const form = 'application/x-www-form-urlencoded';
const runs = { numRuns: 1000 };

const decode = (bytes: Uint8Array): DecodedPayload =>
  decodePayload({ body: Buffer.from(bytes), contentType: 'application/json', formField: 'payload' });

/** What the platform makes of the same bytes: strict UTF-8, then its own parser. */
const expectedOf = (bytes: Uint8Array): unknown => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    return { kind: 'malformed' };
  }
};

const mangled = fc.tuple(jsonText, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
  const bytes = Buffer.from(text);
  bytes[at % bytes.length] = byte;
  return bytes;
});

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe('payload', () => {
  it('is read as the platform reads it, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), mangled, fc.string().map(Buffer.from)), (bytes) => {
        const decoded = decode(bytes);

        fc.pre(decoded.kind !== 'malformed' || decoded.reason !== 'too-deep');
        expect(decoded).toMatchObject(Object(expectedOf(bytes)));
      }),
      runs,
    );
  });

  it('is refused for its depth exactly when it nests deeper than 128 levels', () => {
    const wrapped = fc
      .tuple(jsonText, fc.array(fc.constantFrom('[', '{'), { maxLength: 140 }))
      .map(([core, levels]) =>
        levels.reduce((inner, open) => (open === '[' ? `["]",${inner}]` : `{"\\"{":${inner}}`), core),
      );
    fc.assert(
      fc.property(wrapped, (text) => {
        const tooDeep = depthOf(JSON.parse(text)) > 128;

        expect(decode(Buffer.from(text)).kind).toBe(tooDeep ? 'malformed' : 'json');
      }),
    );
  });

  it('of a form is what the same JSON is by itself', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const body = Buffer.from(new URLSearchParams({ payload: text }).toString());

        const decoded = decodePayload({ body, contentType: form, formField: 'payload' });

        expect(decoded).toEqual({ kind: 'form', value: JSON.parse(text) });
      }),
    );
  });

  it('of a form is read without ever throwing, whatever the bytes', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('%', '+', '&', '=', 'payload', 'payload=', '2', '7B', '[', ']'),
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array().map(Buffer.from), hostile.map(Buffer.from)), (body) => {
        const { kind } = decodePayload({ body, contentType: form, formField: 'payload' });

        expect(['form', 'malformed']).toContain(kind);
      }),
      runs,
    );
  });
});

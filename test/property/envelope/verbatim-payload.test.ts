import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePayload } from '../../../src/envelope/decode-payload.js';
import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import type { EnvelopeAttributes } from '../../../src/envelope/event-envelope.js';
import { extractData } from '../../../src/envelope/extract-data.js';
import { anyCharacter } from '../../support/any-character.js';
import { jsonText } from './json-text.js';

const anyText = fc.string({ unit: anyCharacter, minLength: 1 });
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/);

const attributes: fc.Arbitrary<EnvelopeAttributes> = fc
  .record({
    subject: anyText,
    source: anyText,
    partitionkey: anyText,
    event: name,
    id: anyText,
    correlationid: anyText,
  })
  .map((varied) => ({
    specversion: '1.0',
    type: `github.${varied.event}`,
    time: '2026-01-02T03:04:05.678Z',
    datacontenttype: 'application/json',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    provider: 'github',
    ...varied,
  }));

const outcomeOf = (work: () => { readonly kind: string }): string => {
  try {
    return work().kind;
  } catch (error) {
    return error instanceof SyntaxError ? 'refused' : `thrown: ${String(error)}`;
  }
};

const runs = { numRuns: 1000 };

describe('payload', () => {
  it('of any JSON comes out of its envelope byte for byte as it was sent, and the envelope is JSON', () => {
    fc.assert(
      fc.property(jsonText, attributes, (payload, varied) => {
        const bytes = Buffer.from(payload);

        const decoded = decodePayload({ body: bytes, contentType: 'application/json' });
        const envelope = encodeEnvelope(varied, { kind: 'json', bytes });
        const extracted = extractData(envelope);

        expect(decoded).toMatchObject({ kind: 'json', verbatimJson: true });
        expect(JSON.parse(envelope.toString('utf8'))).toEqual({ ...varied, data: JSON.parse(payload) });
        expect(extracted.kind === 'json' && extracted.bytes.equals(bytes)).toBe(true);
      }),
      runs,
    );
  });

  it('of any other bytes comes out of its envelope as it was sent', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), attributes, (sent, varied) => {
        const extracted = extractData(encodeEnvelope(varied, { kind: 'binary', bytes: Buffer.from(sent) }));

        expect(extracted.kind === 'binary' && extracted.bytes.equals(sent)).toBe(true);
      }),
    );
  });

  it('is found wherever it stands among other members, however they are spelled', () => {
    const members = fc.array(fc.tuple(fc.constantFrom('"a"', '"dataref"', '"data_base6"', '"DATA"'), jsonText));
    fc.assert(
      fc.property(members, jsonText, members, (before, payload, after) => {
        const all = [...before, ['"data"', payload] as const, ...after];
        const envelope = Buffer.from(`{${all.map((member) => member.join(':')).join(',')}}`);

        const extracted = extractData(envelope);

        expect(extracted.kind === 'json' && extracted.bytes.toString('utf8')).toBe(payload);
      }),
      runs,
    );
  });

  it('is looked for in arbitrary bytes without any other answer than a SyntaxError', () => {
    const mangled = fc.tuple(jsonText, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
      const bytes = Buffer.from(`{"data":${text}}`);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array().map(Buffer.from), mangled), (bytes) => {
        expect(outcomeOf(() => extractData(bytes))).toMatch(/^(json|binary|claim-check|refused)$/);
      }),
      runs,
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeMetadata,
  decodeMetadataValue,
  encodeMetadata,
  encodeMetadataValue,
  envelopeAttributesFrom,
  shortenMetadataValue,
} from '../../../src/archive/blob-form.js';
import { anyCharacter } from '../../support/any-character.js';
import { samplePayload } from './sample-payload.js';

const anyText = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 60 });
const brokenText = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 40 });
const text = fc.oneof(
  anyText,
  brokenText.map((units) => String.fromCharCode(...units)),
);

const attributes = fc.record(
  {
    id: text,
    source: text,
    type: text,
    subject: text,
    datacontenttype: text,
    partitionkey: text,
    traceparent: text,
    tracestate: text,
    event: text,
    action: text,
    deliveryid: text,
    correlationid: text,
  },
  { requiredKeys: [] },
);

const sizeOf = (metadata: Record<string, string>) =>
  Object.entries(metadata).reduce((total, [name, value]) => total + name.length + value.length, 0);

describe('archive metadata', () => {
  it('archive metadata: holds what the design names, under lower-case C# identifiers', () => {
    const metadata = encodeMetadata(samplePayload());

    expect(Object.keys(metadata).toSorted()).toEqual([
      'action',
      'correlationid',
      'datacontenttype',
      'deliveryid',
      'event',
      'id',
      'provider',
      'repository',
      'repositorykey',
      'secretversion',
      'sessionkey',
      'sha256',
      'signaturestatus',
      'source',
      'sourcekey',
      'subject',
      'time',
      'traceparent',
      'travels',
      'type',
    ]);
    expect(Object.keys(metadata).every((name) => /^[a-z_][a-z0-9_]*$/.test(name))).toBe(true);
  });

  it('archive metadata: the very same envelope attributes come back, whatever they hold', () => {
    fc.assert(
      fc.property(attributes, (given) => {
        const payload = samplePayload({ attributes: given });

        const restored = envelopeAttributesFrom(decodeMetadata(encodeMetadata(payload)));

        expect(restored).toEqual(payload.attributes);
      }),
    );
  });

  it('archive metadata: absent attributes stay absent', () => {
    const { action: _, subject: __, deliveryid: ___, ...rest } = samplePayload().attributes;
    const payload = { ...samplePayload(), attributes: rest };

    expect(envelopeAttributesFrom(decodeMetadata(encodeMetadata(payload)))).toEqual(rest);
  });

  it('archive metadata: values are visible ASCII and every value decodes to what it was', () => {
    fc.assert(
      fc.property(text, (value) => {
        const encoded = encodeMetadataValue(value);

        expect(encoded).toMatch(/^[!-~]*$/);
        expect(decodeMetadataValue(encoded)).toBe(value);
      }),
    );
  });

  it.each([
    ['a b', 'a%20b'],
    ['100%', '100%25'],
    ['%41', '%2541'],
    ['ümlaut', '%C3%BCmlaut'],
    ['\r\nx-ms-evil: 1', '%0D%0Ax-ms-evil:%201'],
    ['🚀', '%F0%9F%9A%80'],
    ['\uD83D', '%uD83D'],
  ])('archive metadata: %j travels as %s', (value, encoded) => {
    expect(encodeMetadataValue(value)).toBe(encoded);
  });

  it.each(['%', '%4', '%zz', '%FF', '%uD8', 'a%'])('archive metadata: decoding %j never throws', (value) => {
    expect(() => decodeMetadataValue(value)).not.toThrow();
  });

  it('archive metadata: stays within 8 KB and names what it had to shorten', () => {
    fc.assert(
      fc.property(fc.nat(9000), fc.nat(9000), fc.constantFrom('a', 'é', '🚀'), (one, other, character) => {
        const subject = `s${character.repeat(one)}`;
        const event = `e${character.repeat(other)}`;

        const metadata = encodeMetadata(samplePayload({ attributes: { subject, event } }));
        const decoded = decodeMetadata(metadata);

        expect(sizeOf(metadata)).toBeLessThanOrEqual(8192);
        expect(decoded['id']).toBe(samplePayload().attributes.id);
        expect(subject.startsWith(decoded['subject'] ?? '?')).toBe(true);
        expect(event.startsWith(decoded['event'] ?? '?')).toBe(true);
        const shortened = (decoded['shortened'] ?? '').split(',');
        expect(shortened.includes('subject')).toBe(decoded['subject'] !== subject);
        expect(shortened.includes('event')).toBe(decoded['event'] !== event);
      }),
    );
  });

  it('archive metadata: exactly 8 KB are not shortened, one byte more is', () => {
    const bytesBeside = sizeOf(encodeMetadata(samplePayload({ attributes: { subject: 's' } }))) - 1;
    const encodedWith = (length: number) =>
      encodeMetadata(samplePayload({ attributes: { subject: 's'.repeat(length) } }));

    const full = encodedWith(8192 - bytesBeside);
    const over = encodedWith(8192 - bytesBeside + 1);

    expect(sizeOf(full)).toBe(8192);
    expect(full).not.toHaveProperty('shortened');
    expect(over).toHaveProperty('shortened', 'subject');
    expect(sizeOf(over)).toBeLessThanOrEqual(8192);
  });

  it('archive metadata: a value is never cut inside a character', () => {
    fc.assert(
      fc.property(text, fc.nat(100), (value, length) => {
        const cut = shortenMetadataValue(encodeMetadataValue(value), length);

        expect(cut.length).toBeLessThanOrEqual(length);
        expect(value.startsWith(decodeMetadataValue(cut))).toBe(true);
      }),
    );
  });

  it("archive metadata: a sender's own tracestate, as older archives hold it, comes back beside ours", () => {
    const { extensions: _, ...ours } = samplePayload().attributes;
    const metadata = {
      ...decodeMetadata(encodeMetadata(samplePayload())),
      extensions: '{"tracestate":"a=1","kind":"Pod"}',
    };

    expect(envelopeAttributesFrom(metadata)).toEqual({
      ...ours,
      extensions: { sendertracestate: 'a=1', kind: 'Pod' },
    });
  });

  it('archive metadata: half a tracestate does not come back', () => {
    const metadata = { ...decodeMetadata(encodeMetadata(samplePayload({ attributes: { tracestate: 'a=1' } }))) };

    expect(envelopeAttributesFrom({ ...metadata, shortened: 'id' })).toMatchObject({ tracestate: 'a=1' });
    expect(envelopeAttributesFrom({ ...metadata, shortened: 'id,tracestate' })).not.toHaveProperty('tracestate');
  });

  it("archive metadata: a blob that is not ours has no envelope's attributes", () => {
    expect(envelopeAttributesFrom({ id: 'a', type: 'b' })).toBeUndefined();
  });
});

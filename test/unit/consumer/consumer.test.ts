import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EnvelopeError, fetchPayload, parseEnvelope } from '../../../src/consumer/consumer.js';
import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import type { EnvelopeData } from '../../../src/envelope/event-envelope.js';
import { sampleAttributes } from '../envelope/sample-attributes.js';

const json = Buffer.from('{ "big":820982911946154508, "f":1.10, "esc":"\\u001B\\/", "a":1, "a":2 }\n');
const form = Buffer.from('payload=%7B%22a%22%3A1%7D');
const neverDownload = () => Promise.reject(new Error('nothing to download'));

const encode = (data: EnvelopeData): Buffer => encodeEnvelope(sampleAttributes, data);

const claimCheck = (body: Buffer): EnvelopeData => ({
  kind: 'claim-check',
  url: 'https://store.example/webhook-payloads/github/2026/01/02/large.json',
  sha256: createHash('sha256').update(body).digest('hex'),
  size: body.length,
});

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'nothing thrown';
  } catch (fault) {
    return fault instanceof EnvelopeError ? fault.code : String(fault);
  }
};

describe('consumer: parse', () => {
  it.each([
    ['JSON', { kind: 'json', bytes: json }],
    ['a form', { kind: 'binary', bytes: form }],
  ] as const)('%s inside the envelope comes out byte for byte', async (_, data) => {
    const event = parseEnvelope(encode(data));

    expect(event.attributes).toEqual(sampleAttributes);
    expect((await fetchPayload(event, neverDownload)).equals(data.bytes)).toBe(true);
  });

  it('a message is as good as its bytes', () => {
    const bytes = encode({ kind: 'json', bytes: json });

    expect(parseEnvelope({ body: bytes })).toEqual(parseEnvelope(new Uint8Array(bytes)));
  });

  it('a body that the SDK has parsed is refused, since its numbers are lost already', () => {
    expect(codeOf(() => parseEnvelope({ body: JSON.parse(encode({ kind: 'json', bytes: json }).toString()) }))).toBe(
      'body-not-bytes',
    );
  });

  it.each([
    ['no JSON', 'hello'],
    ['no envelope', '{"specversion":"1.0"}'],
    ['another version of CloudEvents', JSON.stringify({ ...sampleAttributes, specversion: '0.3', data: 1 })],
    ['neither payload nor reference', JSON.stringify(sampleAttributes)],
    ['a reference without a hash', JSON.stringify({ ...sampleAttributes, dataref: 'https://a/b', datasize: 1 })],
    ['base64 that is none', JSON.stringify({ ...sampleAttributes, data_base64: '***' })],
    ['nothing', ''],
  ])('%s is malformed', (_, text) => {
    expect(codeOf(() => parseEnvelope(Buffer.from(text)))).toBe('malformed');
  });
});

describe('consumer: claim check', () => {
  const large = Buffer.alloc(300_000, 'webhook ');

  it('the payload is fetched from where it lies, and checked', async () => {
    const urls: string[] = [];
    const event = parseEnvelope(encode(claimCheck(large)));

    const payload = await fetchPayload(event, async (url) => {
      urls.push(url);
      return large;
    });

    expect(payload.equals(large)).toBe(true);
    expect(urls).toEqual(['https://store.example/webhook-payloads/github/2026/01/02/large.json']);
  });

  it.each([
    ['other bytes', Buffer.alloc(300_000, 'WEBHOOK ')],
    ['fewer bytes', large.subarray(1)],
    ['more bytes', Buffer.concat([large, large])],
  ])('%s than were received are refused', async (_, bytes) => {
    const event = parseEnvelope(encode(claimCheck(large)));

    await expect(fetchPayload(event, async () => bytes)).rejects.toMatchObject({
      name: 'EnvelopeError',
      code: 'payload-mismatch',
    });
  });

  it('a download that fails is the trouble of the bot, not of the message', async () => {
    const event = parseEnvelope(encode(claimCheck(large)));

    await expect(fetchPayload(event, neverDownload)).rejects.toThrow('nothing to download');
  });
});

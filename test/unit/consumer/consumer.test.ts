import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EnvelopeError, fetchPayload, idempotencyKey, parseEnvelope } from '../../../src/consumer/consumer.js';
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

  it('text is as good as its bytes, in a message too', () => {
    const bytes = encode({ kind: 'json', bytes: json });

    expect(parseEnvelope(bytes.toString('utf8'))).toEqual(parseEnvelope(bytes));
    expect(parseEnvelope({ body: bytes.toString('utf8') })).toEqual(parseEnvelope(bytes));
  });

  it.each([
    ['nothing but its form', '{"a":[1,1.5,-0.1,9007199254740991],"b":"x"}', ['form']],
    ['digits of a large number', '{"big":820982911946154508}', ['form', 'digits']],
    ['digits after the point', '[0.12345678901234567891]', ['form', 'digits']],
    ['a number beyond all', '{"deep":[{"n":1e400}]}', ['form', 'digits']],
  ])('an object says that it has lost %s', (_, text, lost) => {
    const object: object = JSON.parse(encode({ kind: 'json', bytes: Buffer.from(text) }).toString());

    for (const event of [parseEnvelope(object), parseEnvelope({ body: object })]) {
      expect(event.attributes).toEqual(sampleAttributes);
      expect(event.payload).toEqual({ kind: 'parsed', value: JSON.parse(text), lost });
    }
  });

  it('an object has lost nothing of a payload that is not JSON, nor of a claim check', () => {
    for (const data of [{ kind: 'binary', bytes: form } as const, claimCheck(form)]) {
      expect(parseEnvelope(JSON.parse(encode(data).toString()))).toEqual(parseEnvelope(encode(data)));
    }
  });

  it('an object gives its payload written anew, and one key to every copy', async () => {
    const object = (): object => JSON.parse(encode({ kind: 'json', bytes: json }).toString());
    const event = parseEnvelope(object());

    expect((await fetchPayload(event, neverDownload)).toString()).toBe(JSON.stringify(JSON.parse(json.toString())));
    expect(idempotencyKey(event)).toBe(idempotencyKey(parseEnvelope(object())));
  });

  it.each([
    ['a number', { body: 1 }, 'body-not-bytes'],
    ['nothing', { body: undefined }, 'body-not-bytes'],
    ['a batch', [{}], 'body-not-bytes'],
    ['an object that is no envelope', { hello: 'world' }, 'malformed'],
    ['text with half a character', '{"a":"\ud800"}', 'malformed'],
    ['text that is no JSON', 'hello', 'malformed'],
  ])('%s cannot be an envelope', (_, source, code) => {
    expect(codeOf(() => parseEnvelope(source))).toBe(code);
  });

  it.each([null, undefined, 5, true])('what a trigger makes of the message %j cannot be an envelope', (source) => {
    expect(codeOf(() => Reflect.apply(parseEnvelope, undefined, [source]))).toBe('body-not-bytes');
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

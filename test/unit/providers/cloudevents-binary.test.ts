import { describe, expect, it } from 'vitest';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import { parseEnvelope, type ReceivedEvent } from '../../../src/consumer/consumer.js';
import { cloudevents } from '../../../src/providers/cloudevents.js';
import { notifier } from '../../support/memory-app.js';
import type { Reply } from '../../support/post-webhook.js';
import { type ProviderOnTest, putOnTest } from './provider-on-test.js';

const authorization = `Bearer ${localProviderSecret(cloudevents).stored}`;

type Headers = Readonly<Record<string, string>>;

const event: Headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-type': 'dev.acme.updated', 'ce-source': '/acme' };

const post = ({ post: send }: ProviderOnTest, headers: Headers, body = ''): Promise<Reply> =>
  send({ headers: { authorization, ...headers }, body: Buffer.from(body) });

const received = ({ memory }: ProviderOnTest): readonly ReceivedEvent[] =>
  memory.queue.messages(notifier.queue).map((message) => parseEnvelope(message));

const payloadOf = (one: ReceivedEvent | undefined): string =>
  one?.payload.kind === 'inline' ? one.payload.bytes.toString('utf8') : 'no payload';

describe('CloudEvents in binary mode', () => {
  it('keeps time, dataschema and every extension', async () => {
    const test = putOnTest(cloudevents);

    await post(test, {
      ...event,
      'ce-subject': 'pods/p',
      'ce-time': '2026-01-02T03:04:05Z',
      'ce-dataschema': 'https://schemas.example/pod.json',
      'ce-claimcheckurl': 'https://store.example/blob/1',
      'ce-kind': 'Pod%20%F0%9F%98%80',
      'ce-sequence': '0007',
    });

    const [one] = received(test);
    expect(one?.attributes).toMatchObject({ subject: 'pods/p', deliveryid: '1', source: '/acme' });
    expect(one?.attributes.extensions).toEqual({
      claimcheckurl: 'https://store.example/blob/1',
      dataschema: 'https://schemas.example/pod.json',
      kind: 'Pod 😀',
      sendertime: '2026-01-02T03:04:05Z',
      sendertype: 'dev.acme.updated',
      sequence: '0007',
    });
  });

  it.each([
    ['"two words"', 'two words'],
    [String.raw`"a \"quoted\" \\ word"`, String.raw`a "quoted" \ word`],
    ['"Pod%20%F0%9F%98%80"', 'Pod 😀'],
    ['100%', '100%'],
    ['100% of%20it', '100% of it'],
    ['%FF and%20more', '%FF and more'],
    ['a "b', 'a "b'],
  ])('reads the header %s as %j', async (header, value) => {
    const test = putOnTest(cloudevents);

    await post(test, { ...event, 'ce-kind': header });

    expect(received(test)[0]?.attributes.extensions).toMatchObject({ kind: value });
  });

  it('reads a quoted type, source and id as what they quote', async () => {
    const test = putOnTest(cloudevents);

    await post(test, { ...event, 'ce-id': '"7"', 'ce-type': '"dev.acme.made"', 'ce-source': '"/acme"' });

    expect(received(test)[0]?.attributes).toMatchObject({ id: '/acme#7', type: 'cloudevents.dev.acme.made' });
  });

  it('never lets an extension override what is ours', async () => {
    const test = putOnTest(cloudevents);
    const ours = [
      'provider',
      'event',
      'action',
      'deliveryid',
      'correlationid',
      'traceparent',
      'tracestate',
      'time',
      'dataref',
      'data',
      'datacontenttype',
      'datasha256',
      'datasize',
      'extensions',
    ];

    await post(
      test,
      { ...event, ...Object.fromEntries(ours.map((name) => [`ce-${name}`, 'forged'])), 'ce-sendertime': 'own' },
      '',
    );

    const [one] = received(test);
    const { extensions, ...attributes } = one?.attributes ?? {};
    expect(JSON.stringify(attributes)).not.toContain('forged');
    expect(extensions).toMatchObject(Object.fromEntries(ours.map((name) => [`sender${name}`, 'forged'])));
    expect(extensions).toMatchObject({ sendersendertime: 'own' });
    expect(payloadOf(one)).toBe('');
  });

  it.each([
    ['no content type and no body', {}, '', 'application/octet-stream'],
    ['JSON and no body', { 'content-type': 'application/json' }, '', 'application/json'],
    ['no content type and a JSON body', {}, '{"a":1}', 'application/json'],
    ['no content type and another body', {}, 'hello', 'application/octet-stream'],
    ['text', { 'content-type': 'text/plain; charset=utf-8' }, 'hello', 'text/plain; charset=utf-8'],
    ['a type whose parameter holds a comma', { 'content-type': 'a/b; p="x,y"' }, 'hello', 'a/b; p="x,y"'],
    ['text that looks like JSON', { 'content-type': 'text/plain' }, '{"a":1}', 'text/plain'],
    [
      'JSON of its own type',
      { 'content-type': 'application/vnd.acme+json' },
      '{"a": 1.10}',
      'application/vnd.acme+json',
    ],
  ])('takes %s', async (_, headers, body, datacontenttype) => {
    const test = putOnTest(cloudevents);

    const reply = await post(test, { ...event, ...headers }, body);

    const [one] = received(test);
    expect(reply.status).toBe(202);
    expect(one?.attributes.datacontenttype).toBe(datacontenttype);
    expect(payloadOf(one)).toBe(body);
  });

  it('refuses what says that it is JSON and is not', async () => {
    const reply = await post(putOnTest(cloudevents), { ...event, 'content-type': 'application/json' }, '{"a":');

    expect(reply).toMatchObject({ status: 400, json: { code: 'MalformedPayload' } });
  });

  it('refuses an encoding, and any content type outside of binary mode', async () => {
    const test = putOnTest(cloudevents);

    expect((await post(test, { ...event, 'content-encoding': 'gzip' }, 'x')).status).toBe(415);
    expect((await post(test, { 'content-type': 'text/plain' }, 'x')).status).toBe(415);
    expect((await post(test, {}, '')).status).toBe(415);
    expect((await post(test, { ...event, 'content-type': 'text/plain,text/html' }, 'x')).status).toBe(415);
    expect((await post(test, { ...event, 'content-type': 'a/b; p="x,a/b' }, 'x')).status).toBe(415);
  });

  it('is not what its media type says is structured, whatever the headers say', async () => {
    const test = putOnTest(cloudevents);
    const structured = { specversion: '1.0', id: '2', source: '/inside', type: 'inside' };

    await post(test, { ...event, 'content-type': 'application/cloudevents+json' }, JSON.stringify(structured));

    expect(received(test).map(({ attributes }) => attributes)).toMatchObject([{ id: '/inside#2', event: 'inside' }]);
    expect(received(test)[0]?.attributes).not.toHaveProperty('extensions');
  });

  it.each([
    ['type', { 'ce-type': 'other' }],
    ['type, spelt alike in ours', { 'ce-type': 'dev+acme+updated' }],
    ['source', { 'ce-source': '/other' }],
    ['source that is no URI', { 'ce-source': 'a%20b' }],
    ['id', { 'ce-id': 'a%20c' }],
    ['id with a control character', { 'ce-id': 'a%00b' }],
  ])('with an id that cannot be used another %s is another event', async (_, change) => {
    const test = putOnTest(cloudevents);
    const unusable = { ...event, 'ce-id': 'a%20b' };

    await post(test, unusable, '{}');
    await post(test, { ...unusable, ...change }, '{}');
    await post(test, unusable, '{}');

    expect(received(test)).toHaveLength(2);
  });

  it('source and id are never joined to what another pair is joined to', async () => {
    const test = putOnTest(cloudevents);

    await post(test, { ...event, 'ce-source': 'a', 'ce-id': 'b#c' }, '{}');
    await post(test, { ...event, 'ce-source': 'a#b', 'ce-id': 'c' }, '{}');

    expect(received(test)).toHaveLength(2);
  });
});

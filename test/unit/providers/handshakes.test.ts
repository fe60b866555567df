import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fixtureSender } from '../../../local/senders/fixture-sender.js';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import type { Provider } from '../../../src/providers/provider.js';
import { slack } from '../../../src/providers/slack.js';
import { twitch } from '../../../src/providers/twitch.js';
import { zoom } from '../../../src/providers/zoom.js';
import type { Reply } from '../../support/post-webhook.js';
import { deliveryId, everyFixture, putOnTest, signedFixture } from './provider-on-test.js';

const challenges = everyFixture.filter(({ fixture }) => fixture.event === undefined);

const sendSigned = (provider: Provider, payload: unknown): Promise<Reply> => {
  const test = putOnTest(provider);
  const sample = { event: 'challenge', body: Buffer.from(JSON.stringify(payload)), headers: {} };
  const secret = localProviderSecret(provider).signing;
  return test.post(fixtureSender(provider).sign({ sample, deliveryId, secret, form: false, nowMs: test.nowMs }));
};

describe('a challenge', () => {
  it.each(challenges)('$what is answered to nobody who has not signed it', async ({ provider, fixture }) => {
    const { nowMs, post } = putOnTest(provider);
    const { body, headers } = signedFixture(provider, fixture, nowMs);
    const unsigned = Object.entries(headers).filter(
      ([name]) => !fixtureSender(provider).signatureHeaders.includes(name),
    );

    const reply = await post({ body, headers: Object.fromEntries(unsigned) });

    expect(reply.status).toBe(401);
    expect(reply.body).not.toContain('pogchamp');
    expect(reply.json).toMatchObject({ code: 'SignatureInvalid' });
  });

  it.each([
    ['Slack', slack, (challenge: unknown) => ({ type: 'url_verification', challenge })],
    [
      'Twitch',
      twitch,
      (challenge: unknown) => ({ challenge, subscription: { type: 'channel.follow', status: 'enabled' } }),
    ],
  ])('of %s is echoed as plain text, and only when it is a plain word', async (_who, provider, payloadOf) => {
    const word = await sendSigned(provider, payloadOf('abc-123'));
    const markup = await sendSigned(provider, payloadOf('<script>alert(1) </script>'));
    const nothing = await sendSigned(provider, payloadOf({ toString: 'x' }));

    expect(word).toMatchObject({ status: 200, body: 'abc-123' });
    expect(word.headers['content-type']).toBe('text/plain');
    expect(word.headers['x-content-type-options']).toBe('nosniff');
    expect(markup.body).not.toContain('<script>');
    expect(nothing.body).not.toContain('x"');
  });
});

describe("zoom's validation", () => {
  const validate = (plainToken: unknown): Promise<Reply> =>
    sendSigned(zoom, { event: 'endpoint.url_validation', payload: { plainToken }, event_ts: 1654503849680 });

  it('never signs what could be an event, even when it is asked with a right signature', async () => {
    const forged = 'v0:1654503849:{"event":"meeting.started"}';
    const signature = createHmac('sha256', localProviderSecret(zoom).stored).update(forged).digest('hex');

    const reply = await validate(forged);

    expect(reply.body).not.toContain(signature);
  });

  it.each([
    'short',
    'x'.repeat(65),
    'has space inside',
    'v0:1654503849:{}',
    '',
    42,
    null,
    ['qgg8vlvZRS6UYooatFL8Aw'],
  ])('does not answer a token like %j', async (plainToken) => {
    expect((await validate(plainToken)).body).not.toContain('encryptedToken');
  });
});

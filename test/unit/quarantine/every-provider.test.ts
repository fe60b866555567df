import { describe, expect, it } from 'vitest';
import { everyFixture, putOnTest, signedFixture } from '../providers/provider-on-test.js';

const down = { kind: 'fail', code: 'unavailable' } as const;

/** What bots got, but for what belongs to the request alone. */
const messagesOf = ({ memory }: ReturnType<typeof putOnTest>) =>
  [...memory.queue.messages('bot-notifier')].map(({ body, messageId, sessionId, subject }) => ({
    envelope: { ...JSON.parse(body.toString()), correlationid: '', traceparent: '' },
    messageId,
    sessionId,
    subject,
  }));

describe('a delivery that comes while the vault is away', () => {
  it.each(
    everyFixture.filter(({ fixture }) => fixture.event !== undefined),
  )('$what becomes the very same messages later on', async ({ provider, fixture }) => {
    const direct = putOnTest(provider);
    const signed = signedFixture(provider, fixture, direct.nowMs);
    await direct.post(signed);
    const away = putOnTest(provider);
    away.memory.secrets.setFault(down);

    const reply = await away.post(signed);
    const unverified = { queued: messagesOf(away).length, archived: away.memory.archive.names().length };
    away.memory.secrets.setFault({ kind: 'none' });
    away.memory.clock.advance(3_600_000);
    await away.memory.drain();

    expect(reply).toMatchObject({ status: 503, json: { code: 'SecretUnavailable', quarantined: true } });
    expect(unverified).toEqual({ queued: 0, archived: 0 });
    expect(messagesOf(away)).toEqual(messagesOf(direct));
    expect(away.memory.archive.names()).toEqual(direct.memory.archive.names());
    expect(away.memory.quarantine.records().size).toBe(0);
  });

  it.each(
    everyFixture.filter(({ fixture }) => fixture.event === undefined),
  )('$what is a challenge, and never written down', async ({ provider, fixture }) => {
    const away = putOnTest(provider);
    away.memory.secrets.setFault(down);

    const reply = await away.post(signedFixture(provider, fixture, away.nowMs));

    expect(away.memory.quarantine.records().size).toBe(0);
    if (reply.status >= 400) expect(reply.json).not.toHaveProperty('quarantined');
  });
});

import { describe, expect, it } from 'vitest';
import { notifier } from '../../support/memory-app.js';
import { everyFixture, expectationOf, providersWithFixtures, putOnTest, signedFixture } from './provider-on-test.js';

const events = everyFixture.filter(({ fixture }) => fixture.event !== undefined);
const challenges = everyFixture.filter(({ fixture }) => fixture.event === undefined);

const sentTo = (queue: ReturnType<typeof putOnTest>['memory']['queue']): readonly Record<string, unknown>[] =>
  queue.messages(notifier.queue).map(({ body }) => JSON.parse(body.toString('utf8')));

describe('every provider', () => {
  it.each(providersWithFixtures.map(({ name }) => name))('%s has deliveries that follow its documentation', (name) => {
    expect(everyFixture.some(({ provider }) => provider.name === name)).toBe(true);
  });

  it.each(events)('$what becomes the event that it should', async ({ provider, fixture }) => {
    const { memory, nowMs, post } = putOnTest(provider);

    const reply = await post(signedFixture(provider, fixture, nowMs));

    const { repository, ...attributes } = Object(expectationOf(fixture, nowMs));
    expect(reply.status).toBe(fixture.reply?.status ?? provider.acceptedStatus);
    expect(sentTo(memory.queue)).toEqual([expect.objectContaining({ provider: provider.name, ...attributes })]);
    expect(memory.queue.messages(notifier.queue)[0]?.applicationProperties['repository']).toBe(repository);
  });

  it.each(events)('$what is archived byte for byte', async ({ provider, fixture }) => {
    const { memory, nowMs, post } = putOnTest(provider);
    const delivery = signedFixture(provider, fixture, nowMs);

    await post(delivery);

    const [name = ''] = memory.archive.names();
    const stored = await memory.archive.read(name, AbortSignal.timeout(1000));
    const archived = stored?.body.toString('latin1');
    const isBatch = delivery.body.toString('latin1', 0, 1) === '[';
    expect(isBatch ? `[${archived}]` : archived).toBe(delivery.body.toString('latin1'));
  });

  it.each(everyFixture.filter(({ fixture }) => fixture.reply !== undefined))('$what is answered byte for byte', async ({
    provider,
    fixture,
  }) => {
    const { nowMs, post } = putOnTest(provider);

    const reply = await post(signedFixture(provider, fixture, nowMs));

    expect(reply.status).toBe(fixture.reply?.status);
    expect(reply.body).toBe(fixture.reply?.body);
    expect(reply.headers['content-type']).toBe(fixture.reply?.contentType);
  });

  it.each(challenges)('$what is a challenge, which goes no further', async ({ provider, fixture }) => {
    const { memory, nowMs, post } = putOnTest(provider);

    const reply = await post(signedFixture(provider, fixture, nowMs));

    expect(reply.headers['x-content-type-options']).toBe('nosniff');
    expect(memory.archive.names()).toEqual([]);
    expect(memory.queue.messages(notifier.queue)).toEqual([]);
    expect(memory.lines.at(-1)).toMatchObject({ event: 'webhook.handshake' });
  });
});

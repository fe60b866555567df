import { HttpRequest } from '@azure/functions';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import type { Bot } from '../../../src/routing/bot.js';
import { LeapingClock } from '../../support/leaping-clock.js';
import { mergeWarden, notifier } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';
import { type Change, type Instance, type RealApp, startRealApp, withoutServiceBus } from './real-app.js';

const pullRequest = {
  action: 'synchronize',
  pull_request: { number: 42 },
  repository: { full_name: 'octo-org/octo-repo' },
};

const adminToken = 'admin-token-for-tests';

const replay = ({ app }: Instance, id: string) =>
  callHandler(
    app.replayEvent,
    new HttpRequest({
      method: 'POST',
      url: `http://localhost/api/events/${id}/replay`,
      headers: { authorization: `Bearer ${adminToken}` },
      params: { id },
      body: { string: JSON.stringify({ bot: mergeWarden.name }) },
    }),
  );

describe('outbox troubles', () => {
  let real: RealApp;

  beforeAll(async () => {
    real = await startRealApp({ OUTBOX_MAX_AGE_SECONDS: '1', ADMIN_TOKEN: adminToken });
  });

  afterEach(() => real.storageProxy.setFault({ kind: 'none' }));

  afterAll(() => real?.close());

  const deliver = (instance: Instance, delivery: string) => instance.github('pull_request', pullRequest, delivery);

  /** How often each of these events is in a bot's queue. */
  const heldBy = async (bot: Bot, ...deliveries: readonly string[]): Promise<readonly number[]> => {
    const held = await real.messages(bot);
    return deliveries.map((delivery) => held.filter(({ messageId }) => messageId.includes(delivery)).length);
  };

  const lettersOf = async (delivery: string): Promise<readonly string[]> =>
    (await real.names('webhook-dead-letters')).filter((name) => name.includes(delivery));

  it('a record that can never be delivered goes to the dead letters, and is replayed once its queue exists', async () => {
    real.serviceBus.deleteQueue(mergeWarden.queue);
    const instance = real.start();
    const reply = await deliver(instance, 'no-queue');
    expect(reply.json).toMatchObject({ status: 'accepted', routedTo: ['notifier'], degraded: ['bot:merge-warden'] });

    // What storage takes too late for the reply waits in the archive backlog, which nobody moves here: sent again, it is owed by the outbox.
    while ((await real.names('webhook-outbox')).length === 0) await deliver(instance, 'no-queue');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // Each by an instance of its own, whose breaker has not seen the queue fail.
    for (let run = 0; run < 3; run += 1) await real.start().drain();
    await expect
      .poll(async () => {
        await real.start().drain();
        return real.names('webhook-outbox');
      })
      .toEqual([]);
    expect(await lettersOf('no-queue')).toHaveLength(1);

    real.serviceBus.createQueue(queueDefinition(mergeWarden.queue, { requiresSession: true }));
    expect((await replay(real.start(), 'no-queue')).json).toMatchObject({ sentTo: ['merge-warden'], failed: [] });
    expect(await heldBy(mergeWarden, 'no-queue')).toEqual([1]);
    expect(await heldBy(notifier, 'no-queue')).toEqual([1]);
  });

  it('storage goes down while the outbox should be written: nothing is acknowledged, and the redelivery completes it', async () => {
    const storageDiesAfterArchiving: Change = (dependencies) => ({
      ...dependencies,
      archive: {
        ...dependencies.archive,
        async put(payload, signal) {
          const archived = await dependencies.archive.put(payload, signal);
          await real.storageProxy.setFault({ kind: 'refuse' });
          return archived;
        },
      },
    });
    const dying = real.start((dependencies) => storageDiesAfterArchiving(withoutServiceBus(dependencies)));
    const reply = await deliver(dying, 'unwritten');
    expect(reply).toMatchObject({ status: 503, json: { code: 'QueueingFailed', archived: true } });
    expect(reply.json).not.toHaveProperty('deferred');

    await real.storageProxy.setFault({ kind: 'none' });
    expect(await real.names('webhook-outbox')).toEqual([]);
    const again = await deliver(real.start(), 'unwritten');

    expect(again.json).toMatchObject({ status: 'accepted', duplicate: true, routedTo: ['merge-warden', 'notifier'] });
    expect(await heldBy(mergeWarden, 'unwritten')).toEqual([1]);
  });

  it('a clock that goes back two hours loses nothing, and delivers nothing twice', async () => {
    const clock = new LeapingClock();
    const deferring = real.start((dependencies) => ({ ...withoutServiceBus(dependencies), clock }));
    await deliver(deferring, 'before-the-leap');
    clock.leap(-7_200_000);
    await deliver(deferring, 'after-the-leap');
    expect(await real.names('webhook-outbox')).toHaveLength(2);

    const draining = real.start((dependencies) => ({ ...dependencies, clock }));
    await draining.drain();

    expect(await real.names('webhook-outbox')).toEqual([]);
    for (const bot of [mergeWarden, notifier])
      expect(await heldBy(bot, 'before-the-leap', 'after-the-leap')).toEqual([1, 1]);
  });
});

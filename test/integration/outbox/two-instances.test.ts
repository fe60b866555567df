import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../../src/composition/dependencies.js';
import { eventIdIn } from '../../support/event-id-in.js';
import { mergeWarden, notifier } from '../../support/memory-app.js';
import { type RealApp, startRealApp, withoutServiceBus } from './real-app.js';

const events = 60;
const sessions = 6;

const pullRequest = (number: number) => ({
  action: 'synchronize',
  pull_request: { number },
  repository: { full_name: 'octo-org/octo-repo' },
});

describe('two instances draining at once', () => {
  let real: RealApp;

  beforeAll(async () => {
    real = await startRealApp();
  });

  afterAll(() => real?.close());

  it('deliver every copy once between them, sessions in order', async () => {
    const sends: string[] = [];
    const countSends = (dependencies: Dependencies): Dependencies => ({
      ...dependencies,
      queue: {
        send: (queue, message, signal) => {
          sends.push(`${queue} ${message.messageId}`);
          return dependencies.queue.send(queue, message, signal);
        },
      },
    });
    const ingesting = real.start(withoutServiceBus);
    for (let n = 0; n < events; n += sessions) {
      const step = Array.from({ length: sessions }, (_, number) =>
        ingesting.github('pull_request', pullRequest(number), `event-${n + number}`),
      );
      expect((await Promise.all(step)).map(({ status }) => status)).toEqual(Array(sessions).fill(202));
    }

    const instances = [real.start(countSends), real.start(countSends)];
    for (let run = 0; run < 10 && (await real.names('webhook-outbox')).length > 0; run += 1) {
      await Promise.all(instances.map((instance) => instance.drain()));
    }

    const all = Array.from({ length: events }, (_, n) => `event-${n}`);
    expect(sends).toHaveLength(new Set(sends).size);
    const plain = await real.messages(notifier);
    expect(plain.map(eventIdIn).toSorted()).toEqual(all.toSorted());
    const ordered = await real.messages(mergeWarden);
    for (let number = 0; number < sessions; number += 1) {
      const session = ordered.filter(({ sessionId }) => sessionId === `octo-org/octo-repo/pull_request/${number}`);
      expect(session.map(eventIdIn)).toEqual(all.filter((_, n) => n % sessions === number));
    }
    const delivered = instances.map(({ lines }) =>
      lines.filter(({ event }) => event === 'outbox.drained').reduce((sum, line) => sum + Number(line['delivered']), 0),
    );
    expect(delivered.reduce((one, other) => one + other)).toBe(2 * events);
    expect(Math.min(...delivered)).toBeGreaterThan(0);
  });
});

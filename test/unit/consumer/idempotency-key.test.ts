import { expect, it } from 'vitest';
import { idempotencyKey, parseEnvelope } from '../../../src/consumer/consumer.js';
import { createMemoryApp, notifier } from '../../support/memory-app.js';

it.each([
  ['inside its message', {}],
  ['by claim check', { MAX_MESSAGE_BYTES: '4096' }],
])('idempotency key: that of a payload %s is the message id of every ordinary copy', async (_, environment) => {
  const app = createMemoryApp({ bots: [notifier], environment });
  await app.github('star', { action: 'created', padding: 'x'.repeat(5_000) }, { delivery: 'one' });

  const [message] = app.queue.messages(notifier.queue);
  if (message === undefined) throw new Error('No message');

  expect(idempotencyKey(parseEnvelope(message.body))).toBe(message.messageId);
});

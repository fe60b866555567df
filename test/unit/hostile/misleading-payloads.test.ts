import { describe, expect, it } from 'vitest';
import { extractData } from '../../../src/envelope/extract-data.js';
import { createMemoryApp, notifier } from '../../support/memory-app.js';

const polluting =
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"repository":{"__proto__":{"full_name":"a/b"}},"action":{"__proto__":"opened"}}';

const sentData = (body: Buffer): string => {
  const data = extractData(body);
  return data.kind === 'claim-check' ? '' : data.bytes.toString('utf8');
};

describe('a genuine payload that would mislead its reader', () => {
  it('changes no object by members that are called __proto__ or constructor, and keeps them', async () => {
    const memory = createMemoryApp();

    const reply = await memory.github('push', polluting);

    const [message] = memory.queue.messages(notifier.queue);
    expect(reply).toMatchObject({ status: 202, json: { type: 'github.push' } });
    expect(Object('').polluted).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty('polluted');
    expect(message?.applicationProperties['repository']).toBeUndefined();
    expect(sentData(message?.body ?? Buffer.alloc(0))).toBe(polluting);
  });

  it('that names a member twice is read by the last, and reaches the bot with both', async () => {
    const memory = createMemoryApp();
    const twice = '{"action":"opened","action":"closed","pull_request":{"number":1}}';

    const reply = await memory.github('pull_request', twice);

    const [message] = memory.queue.messages(notifier.queue);
    expect(reply.json).toMatchObject({ type: 'github.pull_request.closed' });
    expect(sentData(message?.body ?? Buffer.alloc(0))).toBe(twice);
  });

  it('with numbers above 2^53 is told apart from no other, and keeps its digits', async () => {
    const memory = createMemoryApp();
    const number = '{"issue":{"number":820982911946154508}}';

    await memory.github('issues', number);

    const [message] = memory.queue.messages(notifier.queue);
    const envelope = JSON.parse(message?.body.toString('utf8') ?? '{}');
    expect(envelope.subject).toBeUndefined();
    expect(sentData(message?.body ?? Buffer.alloc(0))).toBe(number);
  });
});

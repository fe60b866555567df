import { describe, expect, it } from 'vitest';
import { formatLogLine } from '../../../src/observability/log/log.js';
import { createMemoryApp, testSecret } from '../../support/memory-app.js';

const marker = 'only-in-the-payload';

describe('a log line', () => {
  it('holds nothing of a payload but its type, and nothing of a header but the delivery id', async () => {
    const memory = createMemoryApp();
    const payload = { action: 'opened', title: marker, repository: { full_name: `octo-org/${marker}` }, [marker]: 1 };

    await memory.github('pull_request', payload, { headers: { 'user-agent': marker, cookie: marker } });

    expect(memory.lines.at(-1)).toMatchObject({ event: 'webhook.accepted', type: 'github.pull_request.opened' });
    expect(JSON.stringify(memory.lines)).not.toContain(marker);
  });

  it('holds no secret and no signature, whatever became of the delivery', async () => {
    const memory = createMemoryApp();
    const signature = `sha256=${'ab'.repeat(32)}`;

    await memory.github('push', {});
    await memory.github('push', {}, { headers: { 'x-hub-signature-256': signature } });
    await memory.github('push', 'not JSON');

    const text = JSON.stringify(memory.lines);
    expect(text).not.toContain(testSecret);
    expect(text).not.toMatch(/sha256=|ababab/);
  });

  it.each(['a\nb', 'a\r\n{"event":"forged"}', '\u001b[31m', '\u0000'])('is one line of JSON with %j in it', (text) => {
    const line = formatLogLine('webhook.accepted', { type: text });

    expect(line).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(line)).toEqual({ event: 'webhook.accepted', type: text });
  });

  it('cuts a text of 10,000 characters', () => {
    expect(formatLogLine('x', { type: 'y'.repeat(10_000) }).length).toBeLessThan(300);
  });
});

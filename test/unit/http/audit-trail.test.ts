import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../../src/http/receive-webhook.js';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';

const adminToken = 'an-admin-token-for-tests';

const create = async (): Promise<MemoryApp> => {
  const memory = createMemoryApp();
  memory.secrets.set('admin-token', adminToken);
  await memory.github('issues', { action: 'opened' }, { delivery: 'delivery-1' });
  return memory;
};

const command = (handler: HttpHandler, body: unknown, id = '') =>
  callHandler(
    handler,
    new HttpRequest({
      method: 'POST',
      url: 'http://localhost/api/events',
      headers: { authorization: `Bearer ${adminToken}`, 'x-forwarded-for': '198.51.100.1, 203.0.113.7:4711' },
      params: { id },
      body: { bytes: Buffer.from(JSON.stringify(body)) },
    }),
  );

const auditLine = ({ lines }: MemoryApp) => lines.findLast(({ event }) => String(event).startsWith('operator.'));

describe('the audit line', () => {
  it('of a replay of a stretch of time says who replayed which events, and how far it came', async () => {
    const memory = await create();

    await command(memory.app.replayEvents, {
      from: '2025-12-31T00:00:00Z',
      to: '2026-01-02T00:00:00+01:00',
      type: 'github.issues',
      bot: 'notifier',
    });

    expect(auditLine(memory)).toEqual({
      event: 'operator.command-done',
      correlationId: 'correlation-2',
      command: 'replay-events',
      outcome: 'done',
      clientAddress: '203.0.113.7',
      tokenVersion: expect.any(String),
      from: '2025-12-31T00:00:00.000Z',
      to: '2026-01-01T23:00:00.000Z',
      type: 'github.issues',
      bot: 'notifier',
      dryRun: false,
      force: false,
      events: 1,
      sent: 1,
      complete: true,
    });
  });

  it('of a replay of one event keeps its own name, and names the event', async () => {
    const memory = await create();

    await command(memory.app.replayEvent, { force: true }, 'delivery-1');

    expect(auditLine(memory)).toMatchObject({
      event: 'operator.command-done',
      command: 'replay-event',
      id: 'delivery-1',
      dryRun: false,
      force: true,
      sent: 1,
    });
  });

  it('of a look at an event that nobody knows names it too', async () => {
    const memory = await create();

    await command(memory.app.showEvent, {}, 'delivery-2');

    expect(auditLine(memory)).toMatchObject({
      event: 'operator.command-refused',
      outcome: 'unknown',
      id: 'delivery-2',
    });
  });
});

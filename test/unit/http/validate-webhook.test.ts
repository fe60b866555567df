import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { createMemoryApp } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';

const environment = {
  PROVIDERS: 'github,cloudevents',
  WEBHOOK_SECRET_CLOUDEVENTS: 'a-token-for-tests-only',
  ALLOWED_ORIGINS: 'eventgrid.azure.net, Events.Example.com',
};

const ask = (provider: string, headers: Record<string, string>): Promise<Reply> => {
  const url = `http://localhost/api/webhooks/${provider}`;
  const request = new HttpRequest({ method: 'OPTIONS', url, headers, params: { provider } });
  return callHandler(createMemoryApp({ environment }).app.validateWebhook, request);
};

describe('the validation handshake of CloudEvents', () => {
  it.each([
    'eventgrid.azure.net',
    'events.example.com',
    'EventGrid.Azure.Net',
  ])('grants delivery to %s', async (origin) => {
    const reply = await ask('cloudevents', { 'webhook-request-origin': origin, 'webhook-request-rate': '120' });

    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      allow: 'POST',
      'webhook-allowed-origin': origin.toLowerCase(),
      'webhook-allowed-rate': '120',
    });
  });

  it.each(['', '0', '-1', '1e9', '1.5', '12, 13'])('grants any rate when asked for %j', async (rate) => {
    const headers = { 'webhook-request-origin': 'eventgrid.azure.net', 'webhook-request-rate': rate };

    expect((await ask('cloudevents', headers)).headers['webhook-allowed-rate']).toBe('*');
  });

  it.each([
    ['another origin', { 'webhook-request-origin': 'evil.example' }],
    ['a part of an allowed one', { 'webhook-request-origin': 'azure.net' }],
    ['an allowed one with more', { 'webhook-request-origin': 'eventgrid.azure.net.evil.example' }],
    ['two', { 'webhook-request-origin': 'eventgrid.azure.net, evil.example' }],
    ['any', { 'webhook-request-origin': '*' }],
    ['none', {}],
  ])('refuses %s, and grants nothing by its headers', async (_what, headers) => {
    const reply = await ask('cloudevents', headers);

    expect(reply.status).toBe(403);
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('webhook-'))).toEqual([]);
  });

  it('is not for senders that never ask', async () => {
    expect((await ask('github', { 'webhook-request-origin': 'eventgrid.azure.net' })).status).toBe(405);
  });

  it('is not for senders that are not known', async () => {
    expect((await ask('nobody', { 'webhook-request-origin': 'eventgrid.azure.net' })).status).toBe(404);
  });
});

import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { createMemoryApp } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';

const ask = (provider: string, method: string) => {
  const { app } = createMemoryApp({
    environment: { PROVIDERS: 'github,cloudevents', WEBHOOK_SECRET_CLOUDEVENTS: 'x'.repeat(32) },
  });
  const url = `http://localhost/api/webhooks/${provider}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=x`;
  return callHandler(app.refuseWebhookMethod, new HttpRequest({ method, url, params: { provider } }));
};

describe('a webhook route', () => {
  it.each([
    'GET',
    'HEAD',
    'PUT',
    'PATCH',
    'DELETE',
  ])('that is asked by %s answers 405, names POST and echoes nothing', async (method) => {
    const reply = await ask('github', method);

    expect(reply).toMatchObject({ status: 405, json: { code: 'MethodNotAllowed' }, headers: { allow: 'POST' } });
    expect(reply.body).not.toContain('1158201444');
  });

  it('of a sender that asks for consent names OPTIONS, too', async () => {
    expect((await ask('cloudevents', 'GET')).headers['allow']).toBe('POST, OPTIONS');
  });

  it('of nobody answers the same', async () => {
    expect((await ask('nobody', 'GET')).status).toBe(405);
  });
});

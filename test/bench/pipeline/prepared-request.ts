import { createHmac } from 'node:crypto';
import { HttpRequest } from '@azure/functions';
import type { GithubPayload } from '../support/github-payloads.js';

export const secret = 'a secret of sixteen bytes and more';

export const signatureOf = (body: Buffer): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** A signed delivery as the worker hands it to a handler, its body in memory: what reading from the network costs is no part of the pipeline. */
export const preparedRequest = ({ event, body }: GithubPayload): HttpRequest => {
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://127.0.0.1/api/webhooks/github',
    params: { provider: 'github' },
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-github-event': event,
      'x-github-hook-id': '292430182',
      'x-github-hook-installation-target-id': '79929171',
      'x-github-hook-installation-target-type': 'repository',
      'x-hub-signature-256': signatureOf(body),
    },
  });
  Object.defineProperty(request, 'body', { value: [body] });
  Object.defineProperty(request, 'text', { value: async () => body.toString('utf8') });
  return request;
};

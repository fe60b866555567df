import { signGithub } from './memory-app.js';

/** The secret that the local stack gives every provider. */
export const localSecret = "It's a Secret to Everybody";

export interface GithubPost {
  readonly event: string;
  readonly body: Buffer | string;
  readonly delivery: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Posts one signed delivery to a running host. */
export const postGithub = (hostUrl: string, { event, body, delivery, headers }: GithubPost): Promise<Response> => {
  const bytes = Buffer.from(body);
  return fetch(`${hostUrl}/api/webhooks/github`, {
    method: 'POST',
    body: bytes,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': delivery,
      'x-hub-signature-256': signGithub(bytes, localSecret),
      ...headers,
    },
  });
};

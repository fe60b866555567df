import { signGithub } from './memory-app.js';

/** The secret that the local stack gives every provider. */
export const localSecret = "It's a Secret to Everybody";

export interface GithubPost {
  readonly event: string;
  readonly body: Buffer | string;
  readonly delivery: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What GitHub would send with it. */
export const githubHeaders = ({ event, body, delivery, headers }: GithubPost): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  'x-github-event': event,
  'x-github-delivery': delivery,
  'x-hub-signature-256': signGithub(Buffer.from(body), localSecret),
  ...headers,
});

/** Posts one signed delivery to a running host. */
export const postGithub = (hostUrl: string, post: GithubPost): Promise<Response> =>
  fetch(`${hostUrl}/api/webhooks/github`, {
    method: 'POST',
    body: Buffer.from(post.body),
    headers: githubHeaders(post),
  });

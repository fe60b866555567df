import { github } from '../../../src/providers/github.js';
import type { EventDescription } from '../../../src/providers/provider.js';

interface Said {
  readonly event: string;
  readonly payload: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the provider makes of one delivery; fails the test when it makes nothing of it. */
export const describeDelivery = ({ event, payload, headers }: Said): EventDescription => {
  const description = github.describe(
    {
      headers: new Headers({ 'x-github-event': event, ...headers }),
      body: Buffer.alloc(0),
      receivedAt: new Date(0),
    },
    payload,
  );
  if (description.kind !== 'event') throw new TypeError(`${event} is described as ${description.kind}`);
  return description;
};

import { describe, expect, it } from 'vitest';
import { gitlab } from '../../../src/providers/gitlab.js';
import { linear } from '../../../src/providers/linear.js';
import type { DeliveryHeaders } from '../../../src/providers/provider.js';

/** Headers that a host hands over though no client could send them. */
const headersOf = (headers: Readonly<Record<string, string>>): DeliveryHeaders => ({
  get: (name) => headers[name.toLowerCase()] ?? null,
  keys: () => Object.keys(headers),
});

const subjectOf = (provider: typeof gitlab, header: string, payload: unknown): string | undefined => {
  const delivery = {
    headers: headersOf({ [header]: '\u0000' }),
    body: Buffer.from(JSON.stringify(payload)),
    receivedAt: new Date(0),
  };
  const description = provider.describe(delivery, payload);
  return description.kind === 'event' ? description.subject : undefined;
};

describe('header text never reaches a subject unread', () => {
  it('gitlab: an event header of control characters names nothing', () => {
    expect(subjectOf(gitlab, 'x-gitlab-event', { id: 'a' })).not.toMatch(/\p{Cc}/u);
  });

  it('linear: an event header of control characters names nothing', () => {
    expect(subjectOf(linear, 'linear-event', { data: { id: 'a' } })).not.toMatch(/\p{Cc}/u);
  });
});

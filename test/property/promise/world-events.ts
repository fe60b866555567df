import type { EventKey } from './steps.js';

/** How many conversations there are. */
const conversations = 2;

export const keyOf = ({ route, id, bytes }: EventKey): string => `${route} ${id} ${bytes}`;

export const conversationOf = ({ id }: EventKey): number => id % conversations;

/** As GitHub's, the same on every route that the event comes on. */
export const deliveryIdOf = ({ id }: EventKey): string => `b16b00b5-0000-4000-8000-00000000000${id}`;

/** Whether the bytes say when their one occurrence was: then they are recognized under another id. */
export const saysWhen = ({ bytes }: EventKey): boolean => bytes === 0;

/** The bytes of an event, the same on every route. */
export const bodyOf = (event: EventKey): Buffer => {
  const number = conversationOf(event);
  const pullRequest = { number, ...(saysWhen(event) && { updated_at: '2026-01-01T00:00:00Z' }) };
  const repository = { full_name: 'octo-org/octo-repo' };
  const said = `${event.id}/${event.bytes}`;
  return Buffer.from(JSON.stringify({ action: 'edited', number, pull_request: pullRequest, repository, said }));
};

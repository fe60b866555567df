import type { EventKey } from './steps.js';

/** How many conversations there are. */
const conversations = 2;

export const keyOf = ({ route, id, bytes }: EventKey): string => `${route} ${id} ${bytes}`;

export const conversationOf = ({ id }: EventKey): number => id % conversations;

/** As GitHub's, the same on every route that the event comes on. */
export const deliveryIdOf = ({ id }: EventKey): string => `b16b00b5-0000-4000-8000-00000000000${id}`;

/** The bytes of an event, the same on every route. */
export const bodyOf = (event: EventKey): Buffer =>
  Buffer.from(
    `{"action":"edited","number":${conversationOf(event)},"pull_request":{"number":${conversationOf(event)}},"repository":{"full_name":"octo-org/octo-repo"},"said":"${event.id}/${event.bytes}"}`,
  );

import { usableDeliveryId } from '../envelope/event-id.js';
import { typeSegment } from '../envelope/type-segment.js';
import { eventName } from './event-name.js';
import type { EventDescription, ExactReply } from './provider.js';

/** What a delivery says, each fact as its sender spells it; absent facts are filled in by the general rule. */
export interface EventFacts {
  readonly event: string | null | undefined;
  readonly action?: string | undefined;
  readonly deliveryId?: string | null | undefined;
  /** URI of what sent it. */
  readonly source: string;
  readonly subject?: string | undefined;
  /** `owner/repo`, for forges. */
  readonly repository?: string | undefined;
  /** The workspace, account or project that it happened in, for senders without repositories. */
  readonly place?: string | undefined;
  /** The conversation that it belongs to, when that is not its subject. */
  readonly conversation?: string | undefined;
  readonly reply?: ExactReply | undefined;
}

/** The name of an event that does not say what it is. */
const namelessEvent = 'unknown';

const keysOf = ({ source, subject, repository, place, conversation }: EventFacts): EventDescription['sessionKeys'] => {
  const widest = repository ?? place ?? source;
  return { entity: conversation ?? subject ?? widest, repository: widest, source };
};

/**
 * The general rule by which facts become an event. Names are spelt as types ask, an action is kept whatever its letters. It is
 * ordered by its conversation, else its subject, else its repository or place, else its source; never by nothing.
 */
export const describeEvent = (facts: EventFacts): EventDescription => {
  const action = typeSegment(facts.action);
  const deliveryId = usableDeliveryId(facts.deliveryId);
  const { source, subject, repository, reply } = facts;
  return {
    kind: 'event',
    event: eventName(facts.event) ?? namelessEvent,
    ...(action !== undefined && { action }),
    ...(deliveryId !== undefined && { deliveryId }),
    source,
    ...(subject !== undefined && { subject }),
    ...(repository !== undefined && { repository }),
    sessionKeys: keysOf(facts),
    ...(reply !== undefined && { reply }),
  };
};

import type { Session } from 'rhea';
import type { AttachedLink } from '../broker/queue-entity.js';

/** One link of one client, from its attach to its end. */
export interface ServerLink extends AttachedLink {
  readonly session: Session;
  /** The client closed the link, or it went with its session or connection. Called once. */
  ended(): void;
}

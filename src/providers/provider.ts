import type { Delivery } from './delivery.js';

/** What one event is about, at the three grains that an ordered bot may choose (`orderBy`). Raw, not yet hashed. */
export interface SessionKeys {
  readonly entity: string;
  readonly repository: string;
  readonly source: string;
}

/** A genuine, well-formed delivery in the provider's own terms. */
export interface EventDescription {
  readonly kind: 'event';
  readonly event: string;
  readonly action?: string;
  readonly deliveryId?: string;
  /** URI of what sent it. */
  readonly source: string;
  readonly subject?: string;
  /** `owner/repo`, when the event belongs to one. */
  readonly repository?: string;
  readonly sessionKeys: SessionKeys;
}

export type Description = EventDescription | { readonly kind: 'missing-header'; readonly header: string };

/** How a sender signs, what it says and what it expects. One file per provider; adding one touches nothing else. */
export interface Provider {
  /** The `{provider}` of the route, of event types and of the secret's name. */
  readonly name: string;
  /** Media types it sends, without parameters, lower case. */
  readonly contentTypes: readonly string[];
  /** The form field that holds the JSON of an `application/x-www-form-urlencoded` delivery. */
  readonly formField?: string;
  /** How long the sender waits for the reply, less a margin. */
  readonly replyBudgetMs: number;
  /** The status the sender wants for an accepted event. */
  readonly acceptedStatus: 200 | 202 | 204;
  /** Whether `secret` signed these raw bytes. Constant time in the signature; never throws. */
  verify(delivery: Delivery, secret: string): boolean;
  /** What the verified delivery says. `payload` is its parsed JSON. */
  describe(delivery: Delivery, payload: unknown): Description;
}

import type { BodySource } from './read-body.js';
import type { RequestTarget } from './request-target.js';

/** One request as far as it has been understood, and where its answer goes. */
export interface HttpExchange extends BodySource {
  readonly target: RequestTarget;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

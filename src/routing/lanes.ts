/** The queue and, for an ordered bot, the session that one copy goes to. */
export interface Destination {
  readonly queue: string;
  readonly sessionId?: string | undefined;
}

/** What must not overtake each other: the copies of one queue and session. A copy without a session has no lane. */
export const laneOf = ({ queue, sessionId }: Destination): string | undefined =>
  sessionId === undefined ? undefined : `${queue}\n${sessionId}`;

/** The lanes of several copies; those without a session have none. */
export const lanesOf = (copies: readonly Destination[]): readonly string[] =>
  copies.flatMap((copy) => laneOf(copy) ?? []);

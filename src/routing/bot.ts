/** What keeps events of one ordered bot in one session: the entity (default), its repository, or its source. */
export type OrderBy = 'entity' | 'repository' | 'source';

/** One message for a burst of a session: what it waits for after the latest event, and from the first one at the most. */
export interface Coalesce {
  readonly quietSeconds: number;
  readonly maxWaitSeconds: number;
}

/** A subscriber: which events it wants, in which queue, and whether it wants them in order. */
export interface Bot {
  readonly name: string;
  readonly queue: string;
  /** Patterns over the event type; `!` takes away and wins. */
  readonly events: readonly string[];
  /** Patterns over `owner/repo`; absent means every repository. */
  readonly repositories?: readonly string[] | undefined;
  readonly ordered: boolean;
  readonly orderBy: OrderBy;
  /** Absent: it gets every event. */
  readonly coalesce?: Coalesce | undefined;
}

/** The queue in which the events of a bot with `coalesce` wait until their burst is over. */
export const burstQueueOf = (queue: string): string => `${queue}-bursts`;

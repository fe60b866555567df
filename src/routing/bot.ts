/** What keeps events of one ordered bot in one session: the entity (default), its repository, or its source. */
export type OrderBy = 'entity' | 'repository' | 'source';

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
}

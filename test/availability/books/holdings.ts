import type { PlacedCopy, ShardedInbox } from '../../soak/books/read-stores.js';

/** What a side holds of what was sent to it. */
export interface Holdings {
  readonly archive: readonly PlacedCopy[];
  /** What each bot received, in that order. */
  readonly bots: readonly BotHoldings[];
  /** Events that an outbox, a backlog or the quarantine still has to pass on. */
  readonly owed: ReadonlySet<string>;
}

export interface BotHoldings {
  readonly name: string;
  /** What the bot gets in order: equal keys, one conversation; `undefined`: it asks for no order. */
  readonly orderBy: 'entity' | 'repository' | undefined;
  readonly received: ShardedInbox['received'];
}

/** Reads what a side holds. Every fault must be off. */
export interface HoldingsReader {
  /** After how many seconds nothing was owed any more; `undefined`: something stayed owed, or `stopped` came first. */
  whenNothingIsOwed(stopped: AbortSignal): Promise<number | undefined>;
  read(): Promise<Holdings>;
}

/** One try to hand a delivery over. The same delivery may be tried several times; its bytes stay the same. */
export interface Attempt {
  readonly id: string;
  /** Hash of the bytes that were sent. */
  readonly sha256: string;
  /** Whether it was properly signed: a forged one must leave no trace anywhere. */
  readonly genuine: boolean;
  /** Whether a 2xx came back. */
  readonly accepted: boolean;
  /** Who is to have it, by the names under which `Accounts.holders` lists what they hold. */
  readonly wantedBy: readonly string[];
}

/** One copy of an event that someone holds: the id it goes by, and the hash of its payload. */
export interface Copy {
  readonly id: string;
  readonly sha256: string;
}

/** What the senders say they sent, and what each place says it holds. */
export interface Accounts {
  readonly attempts: readonly Attempt[];
  /** By place: the archive, and each bot with what reached it, repeats included. */
  readonly holders: ReadonlyMap<string, readonly Copy[]>;
}

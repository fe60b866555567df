export interface SharedStateReading {
  readonly version: string;
  readonly json: Buffer;
  /** How old it is by the store's own clock: no two instances need agree on the time. */
  readonly ageMs: number;
}

/** Where instances read what others know of their dependencies: one small document, replaced as a whole. Throws `ArchiveError`. */
export interface SharedStateStore {
  /** `unchanged`: it is still the version that is known. */
  read(known: string | undefined, signal: AbortSignal): Promise<SharedStateReading | 'unchanged' | 'absent'>;
  /** Replaces that version and no other; `undefined`: there is none yet. Answers the new one. */
  write(json: Buffer, replaces: string | undefined, signal: AbortSignal): Promise<string | 'conflict'>;
}

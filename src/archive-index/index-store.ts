/** Names of parts, in order. */
export interface IndexPage {
  readonly names: readonly string[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** Where a listing begins: at a name, or where an earlier page ended. */
export type IndexStart = { readonly name: string } | { readonly next: string };

/** Where the index of the archive lies: parts that are written once. All methods throw `ArchiveError` and nothing else. */
export interface IndexStore {
  /** Creates a part. Harmless to repeat, and never replaces another. */
  write(name: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** Names at or after a place, in order. May begin earlier. */
  list(start: IndexStart, signal: AbortSignal): Promise<IndexPage>;
  /** Empty when there is no such part. */
  read(name: string, signal: AbortSignal): Promise<Buffer>;
}

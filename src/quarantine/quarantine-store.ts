import type { QuarantineEntry } from './quarantine-name.js';

/** The sole right to decide on one record, for `leaseSeconds` at most. */
export interface QuarantineLease {
  readonly name: string;
  readonly leaseId: string;
}

export interface QuarantinePage {
  readonly entries: readonly QuarantineEntry[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** Longer than the work on one record ever takes; a killed instance holds up its provider's records no longer than this. */
export const leaseSeconds = 45;

/** Where what cannot be taken any more lies, for people to look at. */
export const asidePrefix = 'aside/';

/**
 * Where deliveries wait that could not be verified. Nothing in it was verified, and nothing of it leaves but by its verification.
 * All methods throw `ArchiveError` and nothing else.
 */
export interface QuarantineStore {
  /** Durable once it resolves; harmless to repeat, and never replaces another. */
  create(name: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** Names in order: of one provider the oldest first. Without what lies aside. */
  list(from: string | undefined, signal: AbortSignal): Promise<QuarantinePage>;
  /** `taken`: leased by another. */
  lease(name: string, signal: AbortSignal): Promise<QuarantineLease | 'taken' | 'gone'>;
  read(name: string, signal: AbortSignal): Promise<Buffer | 'gone'>;
  release(lease: QuarantineLease, signal: AbortSignal): Promise<void>;
  /** Ends the record and its lease. Harmless to repeat. */
  remove(lease: QuarantineLease, signal: AbortSignal): Promise<void>;
  /** Moves the record aside. Harmless to repeat. */
  putAside(lease: QuarantineLease, bytes: Buffer, signal: AbortSignal): Promise<void>;
}

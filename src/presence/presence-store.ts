import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';

/** What a process says of itself while it lives. */
export interface PresenceNote {
  /** Its own name, which its archived payloads carry: another one after each start. */
  readonly process: string;
  /** RFC 3339 UTC, by its own clock: what arrived before is settled, all that it archived since may not be. */
  readonly since: string;
}

/** The right to change a note, for `presenceSeconds` from the last renewal. */
export interface PresenceLease {
  readonly name: string;
  readonly leaseId: string;
}

/** A note that nobody holds any more: its process has vanished, or is too slow to renew it. */
export interface AbandonedNote {
  readonly name: string;
  readonly version: string;
  readonly note: PresenceNote;
}

export interface PresenceList {
  readonly held: readonly PresenceNote[];
  readonly abandoned: readonly AbandonedNote[];
}

/** The longest that a lease of Blob Storage lasts without being renewed. */
export const presenceSeconds = 60;

/**
 * Where processes say that they live, and since when they have work that is not settled. Notes are leased: storage and its clock end the
 * lease of a process that was killed, no two instances need agree on the time. All methods throw `ArchiveError` and nothing else.
 */
export interface PresenceStore {
  /** Writes a note nobody has written before, and holds it. */
  announce(name: string, note: PresenceNote, signal: AbortSignal): Promise<PresenceLease>;
  /** Holds it for another while; with a note, writes that instead of the old one. `lost`: somebody else has it, or it is gone. */
  renew(lease: PresenceLease, note: PresenceNote | undefined, signal: AbortSignal): Promise<'renewed' | 'lost'>;
  /** Leaves a note to whoever takes it. */
  release(lease: PresenceLease, signal: AbortSignal): Promise<void>;
  /** Ends a note that is held. One that is gone is none any more. */
  remove(lease: PresenceLease, signal: AbortSignal): Promise<void>;
  list(signal: AbortSignal): Promise<PresenceList>;
  /** Holds what a process left behind. `taken`: somebody else does, or it is gone. */
  take(abandoned: AbandonedNote, signal: AbortSignal): Promise<PresenceLease | 'taken'>;
}

type Guarded<T> = Promise<CallResult<T, ArchiveError>>;

/** The notes behind the storage breaker: every call answers in time and never throws because storage fails. */
export interface GuardedPresences {
  announce(name: string, note: PresenceNote): Guarded<PresenceLease>;
  renew(lease: PresenceLease, note: PresenceNote | undefined): Guarded<'renewed' | 'lost'>;
  release(lease: PresenceLease): Guarded<void>;
  remove(lease: PresenceLease): Guarded<void>;
  list(): Guarded<PresenceList>;
  take(abandoned: AbandonedNote): Guarded<PresenceLease | 'taken'>;
}

const timeoutMs = 8_000;

/** Puts the breaker before the notes: they do not know about it. */
export const guardedPresences = (
  store: PresenceStore,
  breaker: GuardedCall<unknown, ArchiveError>,
): GuardedPresences => ({
  announce: (name, note) => breaker.call((signal) => store.announce(name, note, signal), { timeoutMs }),
  renew: (lease, note) => breaker.call((signal) => store.renew(lease, note, signal), { timeoutMs }),
  release: (lease) => breaker.call((signal) => store.release(lease, signal), { timeoutMs }),
  remove: (lease) => breaker.call((signal) => store.remove(lease, signal), { timeoutMs }),
  list: () => breaker.call((signal) => store.list(signal), { timeoutMs }),
  take: (abandoned) => breaker.call((signal) => store.take(abandoned, signal), { timeoutMs }),
});

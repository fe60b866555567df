import { ExpiringMap } from './expiring-map.js';
import type { SessionLock } from './message-lock.js';

/** Who holds which session, and which sessions wait for a holder, longest waiting first. */
export class SessionLocks {
  readonly #held = new ExpiringMap<SessionLock>();
  readonly #ready = new Set<string>();

  held(sessionId: string): SessionLock | undefined {
    return this.#held.get(sessionId);
  }

  /** The session that has had messages and no holder for longest. */
  nextReady(): string | undefined {
    for (const sessionId of this.#ready) return sessionId;
    return undefined;
  }

  /** Notes that the session has messages. Answers whether it waits for a holder. */
  markReady(sessionId: string): boolean {
    if (this.#held.get(sessionId) !== undefined) return false;
    this.#ready.add(sessionId);
    return true;
  }

  hold(lock: SessionLock): void {
    this.#ready.delete(lock.sessionId);
    this.#held.set(lock.sessionId, lock);
  }

  /** Ends the hold if it is still this one. */
  release(lock: SessionLock): boolean {
    return this.#held.get(lock.sessionId) === lock && this.#held.delete(lock.sessionId);
  }

  /** How many messages the holders have not settled. */
  heldMessages(): number {
    let messages = 0;
    for (const lock of this.#held.values()) messages += lock.messages.size;
    return messages;
  }

  takeEnded(nowMs: number): readonly SessionLock[] {
    return this.#held.takeEnded(nowMs);
  }

  nextEndMs(): number | undefined {
    return this.#held.nextEndMs();
  }
}

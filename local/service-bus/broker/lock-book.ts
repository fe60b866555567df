import { ExpiringMap } from './expiring-map.js';
import type { MessageLock, SessionLock } from './message-lock.js';
import type { StoredMessage } from './stored-message.js';

interface LockBookParts {
  readonly lockDurationMs: number;
  readonly newLockToken: () => string;
}

/** Which receiver holds which message: on its own clock, or inside a session for as long as the session is held. */
export class LockBook {
  readonly #parts: LockBookParts;
  readonly #locks = new ExpiringMap<MessageLock>();
  readonly #heldAside = new Set<number>();

  constructor(parts: LockBookParts) {
    this.#parts = parts;
  }

  /** How many messages are held outside sessions. */
  get size(): number {
    return this.#locks.size;
  }

  hold(message: StoredMessage, nowMs: number, session: SessionLock | undefined): MessageLock {
    const untilMs = session?.untilMs ?? nowMs + this.#parts.lockDurationMs;
    const lock = { token: this.#parts.newLockToken(), message, untilMs };
    if (session === undefined) this.#locks.set(lock.token, lock);
    else session.messages.set(lock.token, message);
    if (message.placement === 'deferred') this.#heldAside.add(message.sequenceNumber);
    return lock;
  }

  /** Whether a receiver holds this message that was set aside. */
  holdsAside({ sequenceNumber }: StoredMessage): boolean {
    return this.#heldAside.has(sequenceNumber);
  }

  /** Ends a lock and gives its message; undefined when the lock is over or unknown. */
  release(token: string, nowMs: number, session: SessionLock | undefined): StoredMessage | undefined {
    const held = session === undefined ? this.#locks.get(token) : sessionLock(token, session);
    if (held === undefined || held.untilMs <= nowMs) return undefined;
    this.#locks.delete(token);
    session?.messages.delete(token);
    return this.#freed(held.message);
  }

  /** Starts a lock's time again; undefined when it is over or unknown. */
  renew(token: string, nowMs: number): number | undefined {
    const lock = this.#locks.get(token);
    if (lock === undefined || lock.untilMs <= nowMs) return undefined;
    const untilMs = nowMs + this.#parts.lockDurationMs;
    this.#locks.set(token, { ...lock, untilMs });
    return untilMs;
  }

  takeEnded(nowMs: number): readonly StoredMessage[] {
    return this.#locks.takeEnded(nowMs).map(({ message }) => this.#freed(message));
  }

  /** Ends every lock inside a session and gives the messages. */
  takeAll(session: SessionLock): readonly StoredMessage[] {
    const messages = [...session.messages.values()].map((message) => this.#freed(message));
    session.messages.clear();
    return messages;
  }

  nextEndMs(): number | undefined {
    return this.#locks.nextEndMs();
  }

  #freed(message: StoredMessage): StoredMessage {
    this.#heldAside.delete(message.sequenceNumber);
    return message;
  }
}

function sessionLock(token: string, { messages, untilMs }: SessionLock): MessageLock | undefined {
  const message = messages.get(token);
  return message && { token, message, untilMs };
}

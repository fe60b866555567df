import type { Clock } from '../time/clock.js';

const groupCount = 8;
const networkGroups = 4;

/**
 * What failures are counted by: an IPv4 address itself, the /64 of an IPv6 address (one customer's own, of which a caller may
 * use any address), and one place for all callers whose address is not known. Takes addresses in their shortest form.
 */
export const clientNetwork = (address: string | undefined): string => {
  if (address === undefined) return 'unknown';
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, groupCount - before.length - after.length) }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, networkGroups).join(':')}::/64`;
};

/** Failed authentications, counted by provider and client network. Knows nothing of successes: those are never held up. */
export interface AuthenticationFailures {
  /**
   * Counts one failure. Answers `undefined` while it may be told as what it is; after ten within five minutes, the
   * milliseconds until then. Failures that were answered so are not counted again.
   */
  add(provider: string, clientAddress: string | undefined): number | undefined;
  /** The milliseconds for which a failure would be held up; `undefined` while it would be told as what it is. Counts nothing. */
  heldUpMs(provider: string, clientAddress: string | undefined): number | undefined;
  /** How many pairs of provider and network are held. */
  readonly size: number;
}

export interface AuthenticationFailureOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Most pairs held at once: 10,000 unless given. */
  readonly capacity?: number;
}

const limit = 10;
const windowMs = 5 * 60_000;

/** At most 800 bytes each (a key of up to 90 characters, ten times and their places in maps): 8 MB in all. */
const defaultCapacity = 10_000;

/** The times of the latest failures, oldest first: `limit` at most. */
type Times = readonly number[];

/**
 * A sliding window in bounded memory. Pairs lie on shelves by how many failures they have, those that failed last at a shelf's
 * end. A full house makes room with what has expired, else with the pair of fewest failures: so a flood of addresses
 * that fail once each pushes out its own, and never one that is held up.
 */
export const createAuthenticationFailures = (options: AuthenticationFailureOptions): AuthenticationFailures => {
  const { clock, capacity = defaultCapacity } = options;
  const shelves = Array.from({ length: limit }, () => new Map<string, Times>());
  // A map is slow to find its first entries when many were deleted before them: it is asked once for each hundredth of the house.
  const evictedAtOnce = Math.ceil(capacity / 100);
  const size = (): number => shelves.reduce((sum, shelf) => sum + shelf.size, 0);

  const shelfOf = (key: string): Map<string, Times> | undefined => shelves.find((shelf) => shelf.has(key));

  const dropExpired = (nowMs: number): void => {
    for (const shelf of shelves) {
      for (const [key, times] of shelf) {
        if (nowMs - (times.at(-1) ?? 0) < windowMs) break;
        shelf.delete(key);
      }
    }
  };

  const makeRoom = (nowMs: number): void => {
    if (size() < capacity) return;
    dropExpired(nowMs);
    if (size() < capacity) return;
    const fewest = shelves.find((shelf) => shelf.size > 0);
    for (const key of [...(fewest?.keys() ?? [])].slice(0, evictedAtOnce)) fewest?.delete(key);
  };

  const keyOf = (provider: string, clientAddress: string | undefined): string =>
    `${provider} ${clientNetwork(clientAddress)}`;

  const recentOf = (shelf: Map<string, Times> | undefined, key: string, nowMs: number): Times =>
    (shelf?.get(key) ?? []).filter((atMs) => nowMs - atMs < windowMs);

  const heldUp = (times: Times, nowMs: number): number | undefined => {
    const [oldestMs = nowMs] = times;
    return times.length >= limit ? Math.ceil(oldestMs + windowMs - nowMs) : undefined;
  };

  return {
    heldUpMs(provider, clientAddress) {
      const fullest = shelves[limit - 1];
      if (!fullest?.size) return undefined;
      const nowMs = clock.monotonicMs();
      return heldUp(recentOf(fullest, keyOf(provider, clientAddress), nowMs), nowMs);
    },
    add(provider, clientAddress) {
      const nowMs = clock.monotonicMs();
      const key = keyOf(provider, clientAddress);
      const shelf = shelfOf(key);
      const times = recentOf(shelf, key, nowMs);
      const waitMs = heldUp(times, nowMs);
      if (waitMs !== undefined) return waitMs;
      if (shelf === undefined) makeRoom(nowMs);
      shelf?.delete(key);
      shelves[times.length]?.set(key, [...times, nowMs]);
      return undefined;
    },
    get size() {
      return size();
    },
  };
};

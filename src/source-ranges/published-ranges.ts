import type { ArchiveError } from '../archive/archive-error.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Log } from '../observability/log/log.js';
import type { Clock } from '../time/clock.js';
import type { PublishedList, PublishedListStore } from './published-list.js';

/** The last good list, as this instance knows it. */
export interface PublishedRanges {
  /** Looks into the store when that was long ago, `timeoutMs` at most. `undefined`: no good list has ever been stored. */
  current(timeoutMs: number): Promise<PublishedList | undefined>;
  /** What is known, without looking. */
  known(): PublishedList | undefined;
  /** Takes a list that this instance has just read itself. */
  adopt(list: PublishedList): void;
}

export interface PublishedRangesPorts {
  readonly store: Pick<PublishedListStore, 'read'>;
  readonly storage: GuardedCall<PublishedList | undefined, ArchiveError>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
}

/** Until the next look into the store: after a list was found there, and after none was. */
const spacingMs = { found: 600_000, none: 30_000 } as const;

/** Looks into the store on a caller's behalf only, one look at a time. A list once known is kept, whatever becomes of the store. */
export const createPublishedRanges = ({ store, storage, clock, log }: PublishedRangesPorts): PublishedRanges => {
  let known: PublishedList | undefined;
  let nextLookMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  const learn = (list: PublishedList | undefined): void => {
    if (list !== undefined && (known === undefined || list.readAt > known.readAt)) known = list;
    nextLookMs = clock.monotonicMs() + (list === undefined ? spacingMs.none : spacingMs.found);
  };

  const look = async (timeoutMs: number): Promise<void> => {
    const result = await storage.call((signal) => store.read(signal), { timeoutMs });
    learn(result.ok ? result.value : undefined);
    if (known === undefined) log.write('warn', 'source-ranges.unknown', { reason: result.ok ? 'absent' : 'storage' });
  };

  return {
    async current(timeoutMs) {
      if (clock.monotonicMs() >= nextLookMs) {
        looking ??= look(timeoutMs).finally(() => {
          looking = undefined;
        });
        await looking;
      }
      return known;
    },
    known: () => known,
    adopt: learn,
  };
};

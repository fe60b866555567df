import type { ArchiveError } from '../archive/archive-error.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Log } from '../observability/log/log.js';
import type { Clock } from '../time/clock.js';
import type { Download } from './download-text.js';
import type { PublishedList, PublishedListStore } from './published-list.js';
import type { PublishedRanges } from './published-ranges.js';
import { readGithubMeta } from './read-github-meta.js';

export interface RefreshPorts {
  readonly download: () => Promise<Download>;
  readonly store: PublishedListStore;
  readonly storage: GuardedCall<unknown, ArchiveError>;
  readonly published: Pick<PublishedRanges, 'adopt'>;
  readonly clock: Pick<Clock, 'epochMs'>;
  readonly log: Log;
}

/** A list that has not changed is written again once a day, so that its age tells whether the timer still runs. */
const rewriteAfterMs = 86_400_000;

const isCurrent = (stored: PublishedList | undefined, { readAt, ranges }: PublishedList): boolean =>
  stored !== undefined &&
  stored.ranges.join() === ranges.join() &&
  Date.parse(readAt) - Date.parse(stored.readAt) < rewriteAfterMs;

/**
 * Reads GitHub's published list once and keeps it for every instance. Anything short of a whole, believable list changes
 * nothing: the last good one stays. Bounded by the download's own limits and the storage breaker's; never throws.
 */
export const createRefreshPublishedRanges = (ports: RefreshPorts): (() => Promise<void>) => {
  const { download, store, storage, published, clock, log } = ports;

  const keep = async (list: PublishedList): Promise<void> => {
    const stored = await storage.call((signal) => store.read(signal));
    if (stored.ok && isCurrent(stored.value, list)) return;
    const written = await storage.call((signal) => store.write(list, signal));
    if (!written.ok) log.write('warn', 'source-ranges.not-stored', { reason: written.error.kind });
  };

  return async () => {
    const result = await download();
    const ranges = result.kind === 'text' ? readGithubMeta(result.text) : undefined;
    if (ranges === undefined) {
      const reason = result.kind === 'failed' ? result.reason : 'not-a-list';
      log.write('warn', 'source-ranges.refresh-failed', { reason });
      return;
    }
    const list = { readAt: new Date(clock.epochMs()).toISOString(), ranges };
    published.adopt(list);
    log.write('info', 'source-ranges.refreshed', { ranges: ranges.length });
    await keep(list);
  };
};

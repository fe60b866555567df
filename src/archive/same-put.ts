import type { PayloadToArchive } from './payload-archive.js';

/**
 * Whether a stored blob came from this very request: an SDK that lost the first answer tries again and meets its own
 * blob. That is no duplicate; a redelivery of the same bytes is, and arrives at another time.
 */
export const isSamePut = (stored: Readonly<Record<string, string>>, { attributes }: PayloadToArchive): boolean =>
  stored['correlationid'] === attributes.correlationid && stored['time'] === attributes.time;

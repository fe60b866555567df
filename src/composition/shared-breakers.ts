import { AsyncLocalStorage } from 'node:async_hooks';
import type { SharedBreakers, SharedCommand } from '../shared-breakers/shared-breakers.js';
import type { Foundation } from './foundation.js';
import { once } from './once.js';

/** What tells other instances of this one's breakers, as the rest of the app sees it. */
export interface BreakerSharing {
  /** Begins, and ends with `stop`. Neither rejects. */
  start(): Promise<void>;
  stop(): void;
  /** Answers whether a command is written down for all. */
  share(command: SharedCommand): Promise<boolean>;
}

/** Absent: switched off. Nothing of it is loaded before it starts. */
export const createBreakerSharing = (foundation: Foundation): BreakerSharing | undefined => {
  const { settings, sharedState } = foundation.dependencies;
  if (!settings.sharedBreakers || sharedState === undefined) return undefined;
  const outside = AsyncLocalStorage.snapshot();
  let sharing: SharedBreakers | undefined;
  let hasEnded = false;
  const load = once(async () => {
    const { createSharedBreakers } = await import('./shared-breakers-job.js');
    sharing = createSharedBreakers(foundation, { sharedState, outside });
    if (hasEnded) sharing.stop();
    return sharing;
  });
  return {
    start: async () => (await load()).start(),
    stop: () => {
      hasEnded = true;
      sharing?.stop();
    },
    share: async (command) => (await load()).share(command),
  };
};

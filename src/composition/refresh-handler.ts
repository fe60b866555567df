import { createTimerHandler, type TimerHandler } from '../observability/timer-handler.js';
import { createRefreshPublishedRanges } from '../source-ranges/refresh-published-ranges.js';
import type { Foundation } from './foundation.js';

export const createRefreshHandler = (foundation: Foundation): TimerHandler => {
  const { dependencies, breakers, published, metrics, scope, reportStates } = foundation;
  const { downloadGithubMeta: download, publishedLists: store, clock, log } = dependencies;
  const storage = breakers['blob-storage'];
  const work = createRefreshPublishedRanges({ download, store, storage, published, clock, log });
  return createTimerHandler({ log, metrics, scope, work, onEnd: reportStates });
};

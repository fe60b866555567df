import { createTimerHandler, type TimerHandler } from '../observability/timer-handler.js';
import { createOutboxTimer } from '../outbox/outbox-timer.js';
import type { Dependencies } from './dependencies.js';
import type { Foundation } from './foundation.js';

export const createDrainHandler = (dependencies: Dependencies, { breakers, store }: Foundation): TimerHandler => {
  const circuits = { storage: breakers['blob-storage'], serviceBus: breakers['service-bus'] };
  const maxAttempts = dependencies.settings.outboxMaxAttempts;
  const timer = createOutboxTimer({ ...dependencies, ...circuits, circuits, maxAttempts });
  return createTimerHandler(dependencies.log, store, timer);
};

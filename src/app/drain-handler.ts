import { createTimerHandler, type TimerHandler } from '../observability/timer-handler.js';
import { createOutboxTimer } from '../outbox/outbox-timer.js';
import type { Foundation } from './foundation.js';

export const createDrainHandler = (foundation: Foundation): TimerHandler => {
  const { dependencies, breakers, send, metrics, scope, reportStates } = foundation;
  const circuits = { storage: breakers['blob-storage'], serviceBus: breakers['service-bus'] };
  const maxAttempts = dependencies.settings.outboxMaxAttempts;
  const timer = createOutboxTimer({ ...dependencies, ...circuits, send, circuits, maxAttempts });
  return createTimerHandler({ log: dependencies.log, metrics, scope, work: timer, onEnd: reportStates });
};

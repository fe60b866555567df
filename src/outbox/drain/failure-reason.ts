import type { QueueFault } from '../../routing/route-event.js';

/** Why a copy did not reach its queue, in one stable word: the queue error's code where there is one. */
export const failureReason = (fault: QueueFault): string =>
  fault.kind === 'operation-failed' ? fault.cause.code : fault.kind;

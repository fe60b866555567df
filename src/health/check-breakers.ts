import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker-snapshot.js';
import { toFaultReason } from '../faults/fault-reason.js';
import { queueBreakerName } from '../routing/route-event.js';
import { adviceFor, adviceForQueue, type Service, serviceName } from './advice.js';
import { checkName, type HealthCheck, isDegraded, isWell, type NamedCheck } from './health-check.js';

const reasonOf = ({ lastFailure }: CircuitBreakerSnapshot) =>
  lastFailure === null ? undefined : toFaultReason(lastFailure.reason);

/** Whether nothing has gone well since the last failure. */
const failedLast = ({ lastFailure, lastSuccess }: CircuitBreakerSnapshot): boolean =>
  lastFailure !== null && (lastSuccess === null || lastFailure.time > lastSuccess);

const heldOpen = 'Somebody has opened it by hand. Reset it when it is to be used again.';

const circuitOf = (service: Service, snapshot: CircuitBreakerSnapshot): HealthCheck => {
  const message = `State: ${snapshot.state}`;
  if (snapshot.state === 'Closed') return isWell(message);
  const reason = reasonOf(snapshot);
  const isHeld = snapshot.mode === 'forced-open' || reason === undefined;
  return isDegraded({ message, reason, action: isHeld ? heldOpen : adviceFor(service, reason) });
};

const lastCallOf = (service: Service, snapshot: CircuitBreakerSnapshot): HealthCheck => {
  const { lastFailure, lastSuccess } = snapshot;
  const reason = reasonOf(snapshot);
  if (lastFailure === null || reason === undefined || !failedLast(snapshot)) {
    return isWell(lastSuccess === null ? 'Not called yet' : `Last success: ${lastSuccess}`);
  }
  const message = `${serviceName(service)}: last call failed at ${lastFailure.time}: ${reason}`;
  return isDegraded({ message, reason, action: adviceFor(service, reason) });
};

/** Two lines for a dependency, or one of its shards: whether its breaker lets calls through, and how the latest call ended. */
export const checkService = (
  service: Service,
  snapshot: CircuitBreakerSnapshot,
  name: string = service,
): readonly NamedCheck[] => [
  [checkName(name, 'circuit'), circuitOf(service, snapshot)],
  [checkName(name, 'last_call'), lastCallOf(service, snapshot)],
];

/** One line for a queue: degraded from the first copy that it did not take until the next that it did. */
export const checkQueue = (queue: string, snapshot: CircuitBreakerSnapshot | undefined): NamedCheck => {
  const name = queueBreakerName(queue);
  if (snapshot === undefined) return [name, isWell('Not called yet')];
  const reason = reasonOf(snapshot);
  const isOpen = snapshot.state !== 'Closed';
  if (!isOpen && !failedLast(snapshot)) return [name, isWell(`State: ${snapshot.state}`)];
  const action = reason === undefined ? heldOpen : adviceForQueue(queue, reason);
  const message = `State: ${snapshot.state}${reason === undefined ? '' : `, last failure: ${reason}`}`;
  return [name, isDegraded({ message, reason, action })];
};

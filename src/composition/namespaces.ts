import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { KeyedBreakers } from '../circuit-breaker/registry.js';
import { coalescingQueue } from '../coalescing/coalescing-queue.js';
import { Patience } from '../ingest/time-limits.js';
import { breakerElseGate } from '../last-resort/breaker-else-gate.js';
import type { Gate } from '../last-resort/gate.js';
import type { ArchiveBacklogSource } from '../outbox/backlog/archive-backlog-source.js';
import type { OrderBy } from '../routing/bot.js';
import { archiveBacklogQueue, type EventQueue } from '../routing/event-queue.js';
import type { QueueError } from '../routing/queue-error.js';
import {
  attributedRefusals,
  type GuardedSend,
  guardedSend,
  isolatedSend,
  type QueueFault,
} from '../routing/route-event.js';
import { accountOfBacklog, backlogQueueOf, createNamespaceOf, type NamespaceOf } from '../shards/namespace-of.js';
import { broadestOrder } from '../shards/placement-key.js';
import type { ShardName } from '../shards/shard-of.js';
import {
  type BreakerPorts,
  type Breakers,
  createGateForOthers,
  createQueueBreakers,
  createServiceBusBreaker,
  createServiceBusGate,
} from './breakers.js';
import type { Dependencies } from './dependencies.js';
import { type ReportCall, watchedQueue } from './observation.js';

type ServiceBusGuard = GuardedCall<void, QueueError>;

/** One namespace and what guards it. The first has the plain names. */
export interface Namespace {
  readonly name: ShardName;
  readonly breaker: Breakers['service-bus'];
  readonly gate: Gate<QueueError>;
  /** For what other shards cannot keep themselves; absent: there are no others. */
  readonly gateForOthers: Gate<QueueError> | undefined;
  /** How long its answers are waited for. */
  readonly patience: Patience;
  readonly queueBreakers: KeyedBreakers<void, QueueFault>;
  readonly queue: EventQueue;
  /** The same, past the bursts that events wait for. */
  readonly unheldQueue: EventQueue;
  /** What it holds for an account. */
  readonly backlogFor: (account: ShardName) => ArchiveBacklogSource;
}

/** The namespaces, most often one: each send goes through the breaker of the namespace that its message belongs to. */
export interface Namespaces {
  readonly each: readonly [Namespace, ...Namespace[]];
  readonly indexOf: NamespaceOf;
  readonly of: (...addressed: Parameters<NamespaceOf>) => Namespace;
  /** Through the guard of the namespace and the breaker of the queue. */
  readonly sendBy: (guardOf: (namespace: Namespace) => ServiceBusGuard) => GuardedSend;
  /** Through the breaker, or through the gate beside it when that refuses. */
  readonly sendElseGate: GuardedSend;
  /** Straight to a bot's own queue in that namespace. */
  readonly sendUnheld: (namespace: Namespace) => GuardedSend;
  /** Whether messages pass anywhere. */
  readonly circuit: { readonly isHealthy: boolean; readonly retryAfterMs: number };
}

interface NamespacesPorts {
  readonly dependencies: Dependencies;
  readonly reportCall: ReportCall;
  readonly first: Breakers['service-bus'];
  readonly breakerPorts: BreakerPorts;
}

type GivenNamespace = Pick<Namespace, 'name' | 'queue' | 'backlogFor'>;

/** The backlog of a further account has a queue of its own, so that one account's failure holds up no other's backlog. */
const withBacklogs = ({ send }: EventQueue, accounts: readonly ShardName[], order: OrderBy): EventQueue =>
  accounts.length === 1
    ? { send }
    : {
        send: (queue, message, signal) => {
          const account =
            queue === archiveBacklogQueue ? accounts[accountOfBacklog(accounts, order, message)] : undefined;
          return send(account === undefined ? queue : backlogQueueOf(account), message, signal);
        },
      };

const createEach = ({ dependencies, reportCall, first, breakerPorts }: NamespacesPorts): Namespaces['each'] => {
  const { bots, clock, queue, backlog, shards } = dependencies;
  const accounts = ['', ...(shards?.accounts ?? []).map(({ name }) => name)];
  const further = shards?.namespaces ?? [];
  const create = (given: GivenNamespace, breaker: Breakers['service-bus']): Namespace => {
    const patience = new Patience(clock);
    const watched = watchedQueue(given.queue, { shard: given.name, reportCall, patience });
    const attributed = attributedRefusals(watched, { clock });
    const unheldQueue = withBacklogs(attributed, accounts, broadestOrder(bots));
    return {
      ...given,
      breaker,
      gate: createServiceBusGate(breaker, breakerPorts),
      gateForOthers: further.length === 0 ? undefined : createGateForOthers(breaker, breakerPorts),
      patience,
      queueBreakers: createQueueBreakers(breakerPorts, given.name),
      unheldQueue,
      queue: coalescingQueue(unheldQueue, bots, clock),
    };
  };
  const backlogOf = (namespace: ShardName) => (account: ShardName) =>
    (namespace === '' && account === '' ? undefined : shards?.backlog(namespace, account)) ?? backlog;
  return [
    create({ name: '', queue, backlogFor: backlogOf('') }, first),
    ...further.map(({ name, queue: own }) =>
      create({ name, queue: own, backlogFor: backlogOf(name) }, createServiceBusBreaker(breakerPorts, name)),
    ),
  ];
};

export const createNamespaces = (ports: NamespacesPorts): Namespaces => {
  const each = createEach(ports);
  const [first] = each;
  const { shards, bots } = ports.dependencies;
  const indexOf = createNamespaceOf(shards?.namespaces ?? [], bots);
  const sendBy: Namespaces['sendBy'] = (guardOf) => {
    const [only, ...others] = each.map((one) => isolatedSend(guardedSend(one.queue, guardOf(one)), one.queueBreakers));
    if (only === undefined) throw new RangeError('There is no namespace');
    if (others.length === 0) return only;
    const sends = [only, ...others];
    return (queue, message, timeoutMs) => (sends[indexOf(queue, message)] ?? only)(queue, message, timeoutMs);
  };
  return {
    each,
    indexOf,
    of: (queue, message) => each[indexOf(queue, message)] ?? first,
    sendBy,
    sendUnheld: ({ unheldQueue, breaker, queueBreakers }) =>
      isolatedSend(guardedSend(unheldQueue, breaker), queueBreakers),
    sendElseGate: sendBy(({ breaker, gate }) => breakerElseGate(breaker, gate)),
    circuit:
      each.length === 1
        ? first.breaker
        : {
            get isHealthy() {
              return each.some(({ breaker }) => breaker.isHealthy);
            },
            get retryAfterMs() {
              return Math.min(...each.map(({ breaker }) => breaker.retryAfterMs));
            },
          },
  };
};

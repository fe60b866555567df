import { createBurstFigures } from '../coalescing/burst-figures.js';
import type { CoalescingBot } from '../coalescing/coalescing-queue.js';
import { createDrainBursts, type DrainBursts } from '../coalescing/drain-bursts.js';
import { createServiceBusBurstSource } from '../coalescing/service-bus-burst-source.js';
import type { ReadOutboxFigures } from '../outbox/record/outbox-figures.js';
import { burstQueueOf } from '../routing/bot.js';
import { botsIn } from '../shards/namespace-of.js';
import type { Dependencies } from './dependencies.js';
import type { Namespaces } from './namespaces.js';

interface Parts {
  readonly dependencies: Dependencies;
  readonly namespaces: Namespaces;
}

interface Coalescing {
  readonly bots: readonly CoalescingBot[];
  readonly bursts: Required<Dependencies>['bursts'];
}

/** Each namespace, with its bots that coalesce and the queues where their bursts wait. */
const placesOf = ({ dependencies: { shards, clock }, namespaces }: Parts, { bots, bursts }: Coalescing) =>
  namespaces.each.map((namespace) => {
    const { name } = namespace;
    const source = bursts.kind === 'source' ? bursts.source : createServiceBusBurstSource(bursts.clientOf(name), clock);
    return { namespace, source, bots: botsIn(name, shards?.namespaces ?? [], bots) };
  });

/** Sends on bursts that have ended, in every namespace. A separate file, loaded only when a bot coalesces. */
export const createBursts = (parts: Parts, coalescing: Coalescing): DrainBursts => {
  const { namespaces, dependencies } = parts;
  const { clock, log } = dependencies;
  const drains = placesOf(parts, coalescing).map(({ namespace, source, bots }) => {
    const send = namespaces.sendUnheld(namespace);
    return createDrainBursts({ bots, source, serviceBus: namespace.breaker, send, clock, log });
  });
  return async (untilMs) => void (await Promise.all(drains.map((drain) => drain(untilMs))));
};

/** How much of it waits. */
export const createAppBurstFigures = (parts: Parts, coalescing: Coalescing): ReadOutboxFigures => {
  const counted = placesOf(parts, coalescing).flatMap(({ namespace: { breaker: circuit }, source, bots }) =>
    bots.map(({ name: bot, queue }) => ({ bot, burstQueue: burstQueueOf(queue), source, circuit })),
  );
  return createBurstFigures(counted, parts.dependencies.clock);
};

import type { CoalescingBot } from '../coalescing/coalescing-queue.js';
import { createDrainBursts, type DrainBursts } from '../coalescing/drain-bursts.js';
import { createServiceBusBurstSource } from '../coalescing/service-bus-burst-source.js';
import { botsIn } from '../shards/namespace-of.js';
import type { Dependencies } from './dependencies.js';
import type { Foundation } from './foundation.js';

interface Coalescing {
  readonly bots: readonly CoalescingBot[];
  readonly bursts: Required<Dependencies>['bursts'];
}

/** What sends on bursts that are over, in every namespace. A file apart: read only where a bot coalesces. */
export const createBursts = (
  { dependencies: { shards, clock, log }, namespaces }: Foundation,
  { bots, bursts }: Coalescing,
): DrainBursts => {
  const drains = namespaces.each.map((namespace) => {
    const { name, breaker: serviceBus } = namespace;
    const source = bursts.kind === 'source' ? bursts.source : createServiceBusBurstSource(bursts.clientOf(name), clock);
    const own = botsIn(name, shards?.namespaces ?? [], bots);
    return createDrainBursts({ bots: own, source, serviceBus, send: namespaces.sendUnheld(namespace), clock, log });
  });
  return async (untilMs) => void (await Promise.all(drains.map((drain) => drain(untilMs))));
};

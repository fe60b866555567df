import rhea, { type Delivery, type Typed } from 'rhea';
import type { AmqpFailure } from '../amqp/amqp-failure.js';
import { flushOutcomes } from './rhea-internals.js';

const { types } = rhea;

const accepted: Typed = types.described(types.wrap_ulong(0x24), types.wrap_list([]));

function rejected({ condition, description }: AmqpFailure): Typed {
  return types.described(types.wrap_ulong(0x25), types.wrap_list([types.wrap_error({ condition, description })]));
}

/** Settles a message that arrived: taken in, or refused with the reason. */
export function settleArrival(delivery: Delivery, failure: AmqpFailure | undefined): void {
  settle(delivery, failure, 'arrivals');
}

/** Confirms to a receiver that its decision was carried out, or says why not, and forgets the delivery. */
export function settleDelivery(delivery: Delivery, failure: AmqpFailure | undefined): void {
  settle(delivery, failure, 'deliveries');
  Object.assign(delivery, { remote_settled: true });
}

function settle(delivery: Delivery, failure: AmqpFailure | undefined, of: 'arrivals' | 'deliveries'): void {
  if (failure === undefined) {
    delivery.update(true, accepted);
    return;
  }
  const { session } = delivery.link;
  flushOutcomes(session, of);
  delivery.update(true, rejected(failure));
  flushOutcomes(session, of);
}

import type { Receiver } from 'rhea';
import { notWritten, queueNotFound } from '../amqp/amqp-failure.js';
import { admitTransfer } from '../broker/admit-messages.js';
import type { Broker } from '../broker/broker.js';
import type { QueueDefinition } from '../queue-definition.js';
import { type Arrival, receiveArrivals } from './arrival-link.js';
import { acceptAttach } from './attach.js';
import type { ServerLink } from './attached-link.js';
import { type FaultSwitch, refusalOf } from './fault-switch.js';
import { settleArrival } from './outcomes.js';

interface SenderLinkParts {
  readonly link: Receiver;
  readonly broker: Broker;
  readonly definition: QueueDefinition;
  readonly faults: FaultSwitch;
}

/**
 * The link on which a client sends to a queue. A message is settled once it is written down. The link outlives the
 * queue's being disabled or deleted: then each message is refused with the reason, which a client hears at once.
 */
export function openSenderLink(parts: SenderLinkParts): ServerLink {
  const { link, definition } = parts;
  acceptAttach(link, { maxMessageBytes: definition.maxMessageBytes });
  receiveArrivals(link, (arrival) => takeIn(arrival, parts));
  return {
    session: link.session,
    detach: ({ condition, description }) => link.close({ condition, description }),
    ended: () => {},
  };
}

function takeIn({ raw, format, delivery }: Arrival, { broker, definition, faults }: SenderLinkParts): void {
  if (faults.fault === 'unresponsive') return;
  const entity = broker.find(definition.name);
  if (entity === undefined) {
    settleArrival(delivery, queueNotFound(definition.name));
    return;
  }
  const failure = refusalOf(faults) ?? admitTransfer(entity, raw, format);
  entity.journal.whenWritten((error) => settleArrival(delivery, error === undefined ? failure : notWritten));
}

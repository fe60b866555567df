import type { Receiver } from 'rhea';
import { notWritten, serverBusy } from '../amqp/amqp-failure.js';
import { admitTransfer } from '../broker/admit-messages.js';
import type { QueueEntity } from '../broker/queue-entity.js';
import { type Arrival, receiveArrivals } from './arrival-link.js';
import { acceptAttach } from './attach.js';
import type { ServerLink } from './attached-link.js';
import type { FaultSwitch } from './fault-switch.js';
import { settleArrival } from './outcomes.js';

/** The link on which a client sends to a queue. A message is settled once it is written down. */
export function openSenderLink(link: Receiver, entity: QueueEntity, faults: FaultSwitch): ServerLink {
  acceptAttach(link, { maxMessageBytes: entity.definition.maxMessageBytes });
  receiveArrivals(link, (arrival) => takeIn(arrival, entity, faults));
  const attached: ServerLink = {
    session: link.session,
    detach: ({ condition, description }) => link.close({ condition, description }),
    ended: () => entity.links.delete(attached),
  };
  entity.links.add(attached);
  return attached;
}

function takeIn({ raw, format, delivery }: Arrival, entity: QueueEntity, faults: FaultSwitch): void {
  if (faults.fault === 'unresponsive') return;
  const failure = faults.fault === 'server-busy' ? serverBusy : admitTransfer(entity, raw, format);
  entity.journal.whenWritten((error) => settleArrival(delivery, error === undefined ? failure : notWritten));
}

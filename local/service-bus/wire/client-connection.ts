import type { Connection, Receiver, Sender, Session } from 'rhea';
import type { Clock } from '../../../src/time/clock.js';
import { type AmqpFailure, noTransactions, notAllowed, queueDisabled, queueNotFound } from '../amqp/amqp-failure.js';
import type { Broker } from '../broker/broker.js';
import { managementAnswers } from '../management/management-answers.js';
import type { QueueDefinition } from '../queue-definition.js';
import { claimAnswers } from './answer-claim.js';
import { refuseAttach } from './attach.js';
import type { ServerLink } from './attached-link.js';
import { entityAddress } from './entity-address.js';
import type { FaultSwitch } from './fault-switch.js';
import { openReceiverLink } from './receiver-link.js';
import { RequestLinks } from './request-links.js';
import { openSenderLink } from './sender-link.js';

interface ClientConnectionParts {
  readonly connection: Connection;
  readonly broker: Broker;
  readonly faults: FaultSwitch;
  readonly startTimer: Clock['startTimer'];
}

/** One client's connection: opens what its links ask for and ends them when they, or it, go. */
export class ClientConnection {
  readonly #parts: ClientConnectionParts;
  readonly #requests = new RequestLinks();
  readonly #links = new Map<Sender | Receiver, ServerLink>();

  constructor(parts: ClientConnectionParts) {
    this.#parts = parts;
    const { connection } = parts;
    connection.on('receiver_open', ({ receiver }: { receiver: Receiver }) => this.#open(receiver));
    connection.on('sender_open', ({ sender }: { sender: Sender }) => this.#open(sender));
    connection.on('receiver_close', ({ receiver }: { receiver: Receiver }) => this.#end(receiver));
    connection.on('sender_close', ({ sender }: { sender: Sender }) => this.#end(sender));
    connection.on('session_close', ({ session }: { session: Session }) => this.#endAll(session));
    connection.on('connection_close', () => this.#endAll());
    connection.on('disconnected', () => this.#endAll());
  }

  #open(link: Sender | Receiver): void {
    const address = (link.is_receiver() ? link.target?.address : link.source?.address) ?? '';
    const opened = this.#route(link, address);
    if (opened !== undefined) this.#links.set(link, opened);
  }

  #route(link: Sender | Receiver, address: string): ServerLink | undefined {
    const { broker, faults } = this.#parts;
    const target = entityAddress(address);
    if (target.kind === 'cbs') return this.#openRequests(link, () => claimAnswers(faults));
    if (target.kind === 'coordinator') return this.#refuse(link, noTransactions);
    const entity = broker.find(target.queue);
    if (entity === undefined) return this.#refuse(link, queueNotFound(target.queue));
    if (entity.status === 'disabled') return this.#refuse(link, queueDisabled(target.queue));
    const side = target.deadLetters ? entity.deadLetters : entity.main;
    if (target.kind === 'management') return this.#openRequests(link, () => managementAnswers(entity, side, faults));
    return isReceiver(link)
      ? this.#openSender(link, entity.definition, target.deadLetters)
      : openReceiverLink({ ...this.#parts, link, entity, side });
  }

  #openSender(link: Receiver, definition: QueueDefinition, deadLetters: boolean): ServerLink | undefined {
    if (deadLetters) return this.#refuse(link, notAllowed('Messages cannot be sent to a dead-letter queue.'));
    return openSenderLink({ ...this.#parts, link, definition });
  }

  #openRequests(link: Sender | Receiver, answers: () => Parameters<RequestLinks['openRequestLink']>[1]): ServerLink {
    return isReceiver(link) ? this.#requests.openRequestLink(link, answers()) : this.#requests.openReplyLink(link);
  }

  #refuse(link: Sender | Receiver, failure: AmqpFailure): undefined {
    refuseAttach(link, failure);
  }

  #end(link: Sender | Receiver): void {
    const opened = this.#links.get(link);
    this.#links.delete(link);
    opened?.ended();
  }

  #endAll(session?: Session): void {
    for (const [link, { session: of }] of this.#links) if (session === undefined || of === session) this.#end(link);
  }
}

/** rhea calls a link after what it is here: a client's sending link is a receiver. */
function isReceiver(link: Sender | Receiver): link is Receiver {
  return link.is_receiver();
}

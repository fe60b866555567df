import type { Connection, Receiver, Sender, Session } from 'rhea';

/*
 * A server needs more of rhea than its types name. Everything that leans on its insides is here, checked against rhea
 * 3.0.5: what a link answers to an attach, when it answers, and when outcomes go out.
 */

interface LinkInternals {
  readonly local: { readonly attach: AttachAnswer };
  readonly state: { local_open: boolean; open_requests: number; readonly remote_open: boolean; need_open(): boolean };
}

interface AttachAnswer {
  name?: string;
  snd_settle_mode?: number;
  rcv_settle_mode?: number;
  max_message_size?: number;
  properties?: object;
}

interface SenderInternals extends LinkInternals {
  credit: number;
  delivery_count: number;
  _draining: boolean;
  _get_drain: () => boolean;
}

interface SessionInternals {
  readonly incoming: { process(session: Session): void };
  readonly outgoing: { process(): void; available(): number };
  readonly links: Readonly<Record<string, LinkInternals>>;
  readonly on_attach: (frame: object) => void;
  output(frame: object): void;
}

function isLink(link: object): link is LinkInternals {
  return 'local' in link && 'state' in link;
}

function isSender(link: object): link is SenderInternals {
  return isLink(link) && 'credit' in link && '_get_drain' in link;
}

function isSession(session: object): session is SessionInternals {
  return 'incoming' in session && 'outgoing' in session && 'links' in session;
}

function unknownRhea(): TypeError {
  return new TypeError('This version of rhea is not the one the Service Bus stand-in was built for');
}

/** Fields of the attach that rhea will answer; set them before the turn of the event loop ends. */
export function attachAnswer(link: Sender | Receiver): AttachAnswer {
  if (!isLink(link)) throw unknownRhea();
  return link.local.attach;
}

/** Keeps rhea from answering an attach for now; `link.open()` answers it. Only within the open event. */
export function postponeAttach(link: Sender): void {
  if (!isLink(link)) throw unknownRhea();
  link.state.local_open = false;
  link.state.open_requests -= 1;
}

/** Credit on a sending link, and how a drain is answered: always with a flow, even when all credit is used up. */
export interface LinkCredit {
  /** How many more messages may be sent now, those not yet on the wire counted. */
  available(): number;
  /** Counts one message handed to rhea. */
  use(): void;
}

/** rhea leaves a drain unanswered when the credit is already used up, and then a client waits in vain. */
export function linkCredit(link: Sender): LinkCredit {
  if (!isSender(link) || !isSession(link.session)) throw unknownRhea();
  const { outgoing } = link.session;
  let handedOver = link.delivery_count;
  link._get_drain = () => {
    if (!link._draining) return false;
    link.delivery_count += link.credit;
    handedOver += link.credit;
    link.credit = 0;
    return true;
  };
  return {
    available: () => Math.min(link.credit - (handedOver - link.delivery_count), outgoing.available()),
    use: () => {
      handedOver += 1;
    },
  };
}

/** Sends out all outcomes noted so far: rhea would merge a refusal with its neighbours' acceptance into one frame. */
export function flushOutcomes(session: Session, of: 'arrivals' | 'deliveries'): void {
  if (!isSession(session)) throw unknownRhea();
  if (of === 'arrivals') session.incoming.process(session);
  else session.outgoing.process();
}

/** Ends rhea's heartbeat and tells everyone on a connection that it is gone: rhea misses a socket that we destroy. */
export function forgetConnection(connection: Connection): void {
  connection['_disconnected']();
}

/** Answers every attach before the first message on its link: a client may give credit before it has the answer, and rhea would use it. */
export function answerAttachesFirst(session: Session): void {
  if (!isSession(session)) throw unknownRhea();
  const { outgoing } = session;
  const process = outgoing.process.bind(outgoing);
  outgoing.process = () => {
    for (const link of Object.values(session.links)) if (link.state.need_open()) session.output(link.local.attach);
    process();
  };
}

const directions = { toClient: 'to-client:', fromClient: 'from-client:' } as const;

/**
 * Lets a sending and a receiving link have one name, as AMQP allows and Qpid Proton does (part 2, section 2.6.1): rhea tells links
 * apart by their names alone, so it gets them with their direction. The client hears the name that it gave.
 */
export function keepDirectionsApart(session: Session): void {
  if (!isSession(session)) throw unknownRhea();
  const { links } = session;
  const onAttach = session.on_attach.bind(session);
  Object.assign(session, {
    on_attach(frame: { readonly performative: { name: string; readonly role: boolean } }) {
      const attach = frame.performative;
      const { name } = attach;
      attach.name = `${attach.role ? directions.toClient : directions.fromClient}${name}`;
      if (links[attach.name]?.state.remote_open === true) {
        const description = `A link with the name '${name}' is attached already.`;
        session.connection.close({ condition: 'amqp:not-allowed', description });
        return;
      }
      onAttach(frame);
      const link = links[attach.name];
      if (link !== undefined) link.local.attach.name = name;
    },
  });
}

/** A link's name as its client gave it. */
export function nameOf({ name }: Sender | Receiver): string {
  return name.slice(name.indexOf(':') + 1);
}

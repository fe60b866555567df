import rhea, { type Message, type Receiver, type Sender } from 'rhea';
import { receiveArrivals } from './arrival-link.js';
import { acceptAttach } from './attach.js';
import type { ServerLink } from './attached-link.js';
import { settleArrival } from './outcomes.js';
import { nameOf } from './rhea-internals.js';

/** A request's reply but for whom it goes to: application properties (the status among them) and body. */
export interface Reply {
  readonly application_properties: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** `raw` is the request as it came: `request` has lost the AMQP types of what its body holds. */
export type AnswerRequest = (request: Message, reply: (reply: Reply) => void, raw: Buffer) => void;

/** The request and reply links of one connection: a reply goes to the link that the request's `reply-to` names. */
export class RequestLinks {
  readonly #replyLinks = new Map<string, Sender>();

  /** A link on which a client sends requests. */
  openRequestLink(link: Receiver, answer: AnswerRequest): ServerLink {
    acceptAttach(link);
    receiveArrivals(link, ({ raw, delivery }) => {
      const request = rhea.message.decode(raw);
      settleArrival(delivery, undefined);
      answer(asMessage(request), (reply) => this.#reply(asMessage(request), reply), raw);
    });
    return serverLink(link, () => {});
  }

  /** A link on which a client hears the replies; requests name it by its target or its own name. */
  openReplyLink(link: Sender): ServerLink {
    acceptAttach(link);
    const name = nameOf(link);
    const names = [name, link.target?.address ?? name];
    for (const name of names) this.#replyLinks.set(name, link);
    return serverLink(link, () => {
      for (const name of names) if (this.#replyLinks.get(name) === link) this.#replyLinks.delete(name);
    });
  }

  #reply(request: Message, reply: Reply): void {
    const link = this.#replyLinks.get(request.reply_to ?? '');
    if (link === undefined || request.message_id === undefined) return;
    link.send({ body: null, ...reply, correlation_id: request.message_id });
  }
}

function asMessage(decoded: object): Message {
  return { body: undefined, ...decoded };
}

function serverLink(link: Sender | Receiver, ended: () => void): ServerLink {
  return {
    session: link.session,
    detach: ({ condition, description }) => link.close({ condition, description }),
    ended,
  };
}

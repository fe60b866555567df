import type { Receiver, Sender } from 'rhea';
import type { AmqpFailure } from '../amqp/amqp-failure.js';
import { attachAnswer } from './rhea-internals.js';

interface AttachTerms {
  /** The filters that hold, when the client asked for some. */
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly maxMessageBytes?: number;
}

/** Answers an attach with the addresses and settle modes the client asked for, and these terms. */
export function acceptAttach(link: Sender | Receiver, { filter, properties, maxMessageBytes }: AttachTerms = {}): void {
  const answer = attachAnswer(link);
  link.set_source({ address: link.source?.address ?? '', ...(filter === undefined ? {} : { filter }) });
  link.set_target({ address: link.target?.address ?? '' });
  answer.snd_settle_mode = link.snd_settle_mode ?? 2;
  answer.rcv_settle_mode = link.rcv_settle_mode ?? 0;
  if (properties !== undefined) answer.properties = properties;
  if (maxMessageBytes !== undefined) answer.max_message_size = maxMessageBytes;
}

/** Refuses an attach: AMQP answers it without source and target, then detaches (AMQP 1.0, part 2, section 2.6.3). */
export function refuseAttach(link: Sender | Receiver, { condition, description }: AmqpFailure): void {
  link.open();
  link.close({ condition, description });
}

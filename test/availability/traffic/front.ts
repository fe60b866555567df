import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { SignedDelivery } from '../../../local/senders/sender.js';
import type { Answer } from './answer.js';

/** Where an instance listens, and which of its lives that is; `undefined` while it is down. */
export type Instance = () => { readonly url: string; readonly life: string } | undefined;

/** No gateway waits longer: Azure's front gives up after 230 s. */
const patienceMs = 230_000;

type Try = Answer | { readonly kind: 'refused' };

const codeOf = (fault: Error): string => ('code' in fault ? String(fault.code) : fault.message);

const readAnswer = async (reply: IncomingMessage): Promise<Answer> => {
  try {
    return { kind: 'answered', status: reply.statusCode ?? 0, text: await text(reply) };
  } catch (fault) {
    return { kind: 'cut', reason: codeOf(fault instanceof Error ? fault : new Error(String(fault))) };
  }
};

/** A connection of its own for each delivery, as GitHub opens one: whether somebody listens is known before anything is sent. */
const tryInstance = (url: string, { headers, body }: SignedDelivery): Promise<Try> =>
  new Promise((resolve) => {
    const sending = request(new URL('/api/webhooks/github', url), {
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-length': body.byteLength, connection: 'close' },
    });
    const timer = setTimeout(() => {
      resolve({ kind: 'no answer' });
      sending.destroy();
    }, patienceMs);
    sending.once('response', (reply) => void readAnswer(reply).then(resolve));
    sending.on('error', (fault) => {
      const reason = codeOf(fault);
      resolve(reason === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'cut', reason });
    });
    sending.once('close', () => clearTimeout(timer));
    sending.end(body);
  });

/**
 * What stands before the instances, as Azure's front does: each delivery goes to the next instance in turn, and to the one after
 * it when nobody listens there. Once a connection is made nothing is sent a second time: when it breaks, the sender gets no answer.
 */
export class Front {
  readonly #instances: readonly Instance[];
  #next = 0;

  constructor(instances: readonly Instance[]) {
    this.#instances = instances;
  }

  async post(delivery: SignedDelivery): Promise<Answer> {
    const first = this.#next;
    this.#next += 1;
    for (let step = 0; step < this.#instances.length; step += 1) {
      const up = this.#instances[(first + step) % this.#instances.length]?.();
      const tried: Try = up === undefined ? { kind: 'refused' } : await tryInstance(up.url, delivery);
      if (tried.kind === 'answered') return { ...tried, ...(up && { by: up.life }) };
      if (tried.kind !== 'refused') return tried;
    }
    return { kind: 'nobody listened' };
  }
}

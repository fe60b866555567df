import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import type { Sample, SignedDelivery } from '../../../local/senders/sender.js';
import type { ControlClient } from '../../../local/stack/control-client.js';
import { localAdminToken } from '../../../local/stack/local-secrets.js';
import type { DeliveryBook } from '../books/delivery-book.js';
import type { Answer } from './answer.js';
import type { Front } from './front.js';

/** What GitHub's history shows when no answer came. */
const unanswered = 502;

const statusOf = (answer: Answer): number => (answer.kind === 'answered' ? answer.status : unanswered);

const runSchema = z.object({
  outcome: z.string(),
  deliveries: z.array(z.object({ verdict: z.string() })),
});

/** What is not asked for any more: it is kept, or was asked for three times. */
const settled = ['kept', 'given-up'];

const headersOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && /^(x-|content-type$|user-agent$)/.test(name) ? [[name, value]] : [],
    ),
  );

/** GitHub's history of what it sent, and the address at which it sends again what the app asks for. */
export interface SenderHistory {
  /** Notes one attempt and what came of it. */
  record(delivery: SignedDelivery, sample: Sample, id: string, answer: Answer): Promise<void>;
  /** Whether the app, asked at `url`, has nothing left to ask for. */
  isAskedFor(url: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Starts it in front of `front`: what GitHub sends again goes to the instances in turn, like everything else. */
export const startSenderHistory = async (
  control: ControlClient,
  front: Front,
  book: DeliveryBook,
): Promise<SenderHistory> => {
  const repeat = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = headersOf(request);
    const answer = await front.post({ headers, body: await buffer(request) });
    book.sentAgain(headers['x-github-delivery'] ?? '', answer);
    response.writeHead(statusOf(answer)).end();
  };
  const server = createServer((request, response) => void repeat(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api/webhooks/github`;
  return {
    record: ({ headers, body }, { event, action }, id, answer) =>
      control.recordDelivery('github-api', {
        id,
        event: action === undefined ? event : `${event}.${action}`,
        status: statusOf(answer),
        url,
        headers: { ...headers },
        body: body.toString('base64'),
      }),
    async isAskedFor(instance) {
      const reply = await fetch(`${instance}/api/reconcile`, {
        method: 'POST',
        headers: { authorization: `Bearer ${localAdminToken}`, 'content-type': 'application/json' },
        body: '{"dryRun": true}',
      });
      const { outcome, deliveries } = runSchema.parse(await reply.json());
      return outcome === 'done' && deliveries.every(({ verdict }) => settled.includes(verdict));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { type LocalHistory, triedDeliverySchema } from '../senders/tried-delivery.js';
import type { Faults, QueueCounts, Traffic } from './control-client.js';
import { type Breakable, type HistoryName, isBreakable, isHistoryName } from './stand-ins.js';

/** What the control server lets others see and do. */
export interface Controlled {
  queues(): readonly QueueCounts[];
  /** Queues forget which message ids they have had. */
  forgetDuplicates(): void;
  faults(): Faults;
  traffic(): Traffic;
  /** Answers why not, or `undefined` once the fault is set. */
  setFault(name: Breakable, fault: string): Promise<string | undefined>;
  /** The senders' APIs that have a stand-in here. */
  readonly histories?: Readonly<Partial<Record<HistoryName, Pick<LocalHistory, 'asked' | 'record'>>>>;
}

export interface ControlServer {
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

const isAllowed = (request: IncomingMessage, token: string): boolean =>
  timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`));

const putFault = async (controlled: Controlled, name: string, request: IncomingMessage): Promise<Answer> => {
  if (!isBreakable(name)) return { status: 404, body: { error: `There is no "${name}"` } };
  const refusal = await controlled.setFault(name, await text(request));
  return refusal === undefined ? { status: 200, body: controlled.faults() } : { status: 400, body: { error: refusal } };
};

const seeHistory = async ({ histories = {} }: Controlled, name: string, request: IncomingMessage): Promise<Answer> => {
  const history = isHistoryName(name) ? histories[name] : undefined;
  if (history === undefined) return { status: 404, body: { error: `This stack has no ${name}` } };
  if (request.method !== 'POST') return { status: 200, body: history.asked };
  const delivery = triedDeliverySchema.safeParse(JSON.parse(await text(request)));
  if (!delivery.success) return { status: 400, body: { error: z.prettifyError(delivery.error) } };
  history.record(delivery.data);
  return { status: 200, body: {} };
};

const answer = async (controlled: Controlled, request: IncomingMessage): Promise<Answer> => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, resource, name] = pathname.split('/');
  if (request.method === 'PUT' && resource === 'faults') return putFault(controlled, name ?? '', request);
  if (resource === 'histories') return seeHistory(controlled, name ?? '', request);
  if (request.method === 'DELETE' && resource === 'duplicates') {
    controlled.forgetDuplicates();
    return { status: 200, body: {} };
  }
  if (request.method !== 'GET' || name !== undefined) return { status: 404, body: { error: 'Not found' } };
  switch (resource) {
    case 'status':
      return { status: 200, body: { pid: process.pid } };
    case 'queues':
      return { status: 200, body: controlled.queues() };
    case 'faults':
      return { status: 200, body: controlled.faults() };
    case 'traffic':
      return { status: 200, body: controlled.traffic() };
    default:
      return { status: 404, body: { error: 'Not found' } };
  }
};

/**
 * Lets the other commands see the queues and switch faults: HTTP on a random port of the loopback interface, for holders
 * of a random token alone.
 */
export const startControlServer = async (controlled: Controlled): Promise<ControlServer> => {
  const token = randomBytes(24).toString('base64url');
  const server = createServer(async (request, reply) => {
    const { status, body } = isAllowed(request, token)
      ? await answer(controlled, request).catch((fault: unknown) => ({ status: 500, body: { error: String(fault) } }))
      : { status: 401, body: { error: 'The token is wrong' } };
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

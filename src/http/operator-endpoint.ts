import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { type Audit, type AuditEntry, commandName } from '../operations/audit.js';
import type { AuthorizeOperator } from '../operations/authorize-operator.js';
import { clientAddress } from '../source-ranges/allowed-sources.js';
import { parseJson } from '../text/text.js';
import type { Clock } from '../time/clock.js';
import { withEntityTag } from './entity-tag.js';
import { problem } from './problems.js';
import type { HttpHandler } from './receive-webhook.js';

export interface OperatorPorts {
  readonly authorize: AuthorizeOperator;
  readonly audit: Audit;
  readonly newId: () => string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Of polled answers to one operator, one a minute leaves its line. */
const polledLineMs = 60_000;

const createIsLoud = ({ clock }: Pick<OperatorPorts, 'clock'>) => {
  const lastMs = new Map<string, number>();
  return ({ command, outcome, tokenVersion = '' }: Pick<AuditEntry, 'command' | 'outcome' | 'tokenVersion'>) => {
    if (outcome !== 'done') return true;
    const key = `${command} ${tokenVersion}`;
    const nowMs = clock.monotonicMs();
    if (nowMs - (lastMs.get(key) ?? Number.NEGATIVE_INFINITY) < polledLineMs) return false;
    lastMs.set(key, nowMs);
    return true;
  };
};

/** What became of a command: the reply, and what its audit line says beside who and when. */
export interface CommandResult {
  readonly reply: HttpResponseInit;
  readonly audit: Omit<AuditEntry, 'command' | 'correlationId' | 'clientAddress' | 'tokenVersion'>;
}

/** Carries out a command whose operator is known. */
export type CarryOut = (request: HttpRequest, correlationId: string) => Promise<CommandResult>;

/** Asks for the admin token itself. `handler` is its name in `App`, after which its command is called. */
export type OperatorHandler<H extends string = string> = HttpHandler & { readonly handler: H };

export interface OperatorEndpointOptions {
  /** Pages ask for it every few seconds: it is answered by an entity tag, and leaves a line a minute for each operator. */
  readonly polled?: boolean;
}

/** One body for every refusal, whatever was wrong with the token, and whether there is one at all. */
const unauthorized = (): HttpResponseInit => {
  const reply = problem('Unauthorized', { detail: 'Send the admin token as Authorization: Bearer <token>.' });
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': 'Bearer realm="breakwater"' } };
};

const decide = async (
  ports: OperatorPorts,
  carryOut: CarryOut,
  { request, correlationId }: { readonly request: HttpRequest; readonly correlationId: string },
): Promise<CommandResult & { readonly tokenVersion?: string }> => {
  const authorization = await ports.authorize(request.headers.get('authorization'));
  switch (authorization.kind) {
    case 'refused':
      return { reply: unauthorized(), audit: { outcome: 'unauthorized' } };
    case 'unavailable': {
      const { retryAfterMs } = authorization;
      const detail = 'The admin token cannot be read now. Send the same request again later.';
      const reply = problem('SecretUnavailable', { detail, service: 'key-vault', retryAfterMs, correlationId });
      return { reply, audit: { outcome: 'unavailable' } };
    }
    case 'authorized':
      return { ...(await carryOut(request, correlationId)), tokenVersion: authorization.tokenVersion };
  }
};

/**
 * A command for operators only. The host has asked for the function key; here the admin token is asked for, before anything
 * else of the request is looked at. Every command leaves one audit line, allowed or refused.
 */
export const createOperatorEndpoint = (ports: OperatorPorts) => {
  const isLoud = createIsLoud(ports);
  return <H extends string>(
    handler: H,
    carryOut: CarryOut,
    { polled = false }: OperatorEndpointOptions = {},
  ): OperatorHandler<H> => {
    const command = commandName(handler);
    const answer: HttpHandler = async (request) => {
      const correlationId = ports.newId();
      const known = { command, correlationId, clientAddress: clientAddress(request.headers) };
      const decided = decide(ports, carryOut, { request, correlationId }).catch((bug: unknown) => {
        ports.audit({ ...known, outcome: 'failed' });
        throw bug;
      });
      const { reply, audit, tokenVersion } = await decided;
      const entry = { ...known, ...(tokenVersion !== undefined && { tokenVersion }), ...audit };
      if (!polled || isLoud(entry)) ports.audit(entry);
      const headers = { ...reply.headers, 'cache-control': 'no-store', 'x-correlation-id': correlationId };
      const answered = { ...reply, headers };
      return polled ? withEntityTag(request, answered) : answered;
    };
    return Object.assign(answer, { handler });
  };
};

/** The JSON of an operator's command; no body is the empty command, and `undefined` means that the body is not JSON. */
export const readCommand = (body: Buffer): unknown => (body.length === 0 ? {} : parseJson(body));

import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { OptionProblem } from '../circuit-breaker/circuit-breaker-options.js';
import type { AllGates } from '../last-resort/gate-snapshot.js';
import {
  type AllBreakers,
  changeBreaker,
  type OperatedBreaker,
  reportBreakers,
} from '../operations/operate-breakers.js';
import type { SharedCommand } from '../shared-breakers/shared-breakers.js';
import { readBody } from './arriving-body.js';
import type { CarryOut, CommandResult } from './operator-endpoint.js';
import { problem } from './problems.js';
import type { HttpHandler } from './receive-webhook.js';

export interface CircuitBreakerEndpointPorts {
  readonly breakers: AllBreakers;
  /** The gates of the last resort. */
  readonly gates: AllGates;
  readonly version: string;
  /** Breakers belong to one instance; so do all of these answers. */
  readonly instance: string;
  /** Tells other instances of a command, and answers whether it is written down for them; absent: it is this one's alone. */
  readonly share?: ((command: SharedCommand) => Promise<boolean>) | undefined;
}

const maxBodyBytes = 64 * 1024;
const maxProblems = 100;

/** `GET circuit-breakers/health`: state, metrics and configuration of every breaker, and the gates beside them. Always 200: it is a report. */
export const createBreakerHealth =
  ({ breakers, gates, version, instance }: CircuitBreakerEndpointPorts): HttpHandler =>
  async () => {
    const circuitBreakers = reportBreakers(breakers());
    const isHealthy = Object.values(circuitBreakers).every((breaker) => breaker.isHealthy);
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      jsonBody: { isHealthy, version, instance, circuitBreakers, lastResort: gates() },
    };
  };

type CommandPorts = Pick<CircuitBreakerEndpointPorts, 'instance' | 'share'>;

const reset = async (
  breakers: readonly OperatedBreaker[],
  { instance, share }: CommandPorts,
): Promise<CommandResult> => {
  for (const breaker of breakers) breaker.reset();
  const names = breakers.map(({ name }) => name);
  const shared = await share?.({ kind: 'reset', breakers: names });
  const isShared = shared !== undefined && { shared };
  const jsonBody = { reset: names, instance, ...isShared, circuitBreakers: reportBreakers(breakers) };
  return { reply: { status: 200, jsonBody }, audit: { outcome: 'done', breakers: names, ...isShared } };
};

/** `POST circuit-breakers/reset`: closes every breaker and clears its counters. */
export const createResetBreakers =
  ({ breakers, ...ports }: CircuitBreakerEndpointPorts): CarryOut =>
  async () =>
    reset(breakers(), ports);

const findBreaker = (breakers: AllBreakers, request: HttpRequest): OperatedBreaker | undefined =>
  breakers().find(({ name }) => name === request.params['name']);

const unknownBreaker = (breakers: AllBreakers, correlationId: string): CommandResult => {
  const names = breakers().map(({ name }) => name);
  const detail = `There is no such circuit breaker. There are: ${names.join(', ')}.`;
  return { reply: problem('UnknownCircuitBreaker', { detail, correlationId }), audit: { outcome: 'unknown' } };
};

/** `POST circuit-breakers/{name}/reset` */
export const createResetBreaker =
  ({ breakers, ...ports }: CircuitBreakerEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const breaker = findBreaker(breakers, request);
    return breaker === undefined ? unknownBreaker(breakers, correlationId) : reset([breaker], ports);
  };

/** The JSON value of a body, or `undefined` for bytes that are no JSON text in UTF-8. */
const readJson = (body: Buffer): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) };
  } catch {
    return undefined;
  }
};

const invalidConfiguration = (problems: readonly OptionProblem[], correlationId: string): HttpResponseInit => {
  const shown = problems.slice(0, maxProblems);
  const more = problems.length > shown.length ? ` The first ${shown.length} are named.` : '';
  return problem('InvalidConfiguration', {
    detail: `Nothing was changed: ${problems.length} of the values are not valid.${more}`,
    errors: shown.map(({ field, expected }) => ({ field: field.slice(0, 80), detail: `expected ${expected}` })),
    correlationId,
  });
};

/** As it may stand in a log. */
const printable = (text: string): string => text.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, '?');

interface Change {
  readonly breaker: OperatedBreaker;
  readonly input: unknown;
  readonly correlationId: string;
}

const change = async (
  { breaker, input, correlationId }: Change,
  share: CircuitBreakerEndpointPorts['share'],
): Promise<CommandResult> => {
  const breakers = [breaker.name];
  const changed = changeBreaker(breaker, input);
  if (changed.kind === 'invalid') {
    const refusedFields = changed.problems.slice(0, 20).map(({ field }) => printable(field));
    const reply = invalidConfiguration(changed.problems, correlationId);
    return { reply, audit: { outcome: 'invalid', breakers, refusedFields } };
  }
  const { configuration, changes } = changed;
  const shared = await share?.({ kind: 'change', breaker: breaker.name, patch: input });
  const audit = { outcome: 'done', breakers, changes, ...(shared !== undefined && { shared }) } as const;
  return { reply: { status: 200, jsonBody: configuration }, audit };
};

/** `PATCH circuit-breakers/{name}`: changes options while running (`null` switches one off); answers all of them. */
export const createChangeBreaker =
  ({ breakers, share }: CircuitBreakerEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const breaker = findBreaker(breakers, request);
    if (breaker === undefined) return unknownBreaker(breakers, correlationId);
    const audit = { outcome: 'invalid', breakers: [breaker.name] } as const;
    const reading = await readBody(request, maxBodyBytes);
    if (reading.kind === 'too-large') {
      const detail = `The body is above ${maxBodyBytes} bytes.`;
      return { reply: problem('PayloadTooLarge', { detail, correlationId }), audit };
    }
    const json = readJson(reading.body);
    if (json !== undefined) return change({ breaker, input: json.value, correlationId }, share);
    const detail = 'The body is not JSON. Send an object of options, such as {"coolDownMs": 10000}.';
    return { reply: problem('MalformedPayload', { detail, correlationId }), audit };
  };

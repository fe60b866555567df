import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { OptionProblem } from '../circuit-breaker/circuit-breaker-options-error.js';
import type { AllGates } from '../last-resort/gate-snapshot.js';
import { changeBreaker } from '../operations/change-breaker.js';
import type { AllBreakers, OperatedBreaker } from '../operations/operated-breaker.js';
import { reportBreakers } from '../operations/report-breakers.js';
import type { CarryOut, CommandResult } from './operator-endpoint.js';
import { problem } from './problems.js';
import { readBody } from './read-body.js';
import type { HttpHandler } from './receive-webhook.js';

export interface CircuitBreakerEndpointPorts {
  readonly breakers: AllBreakers;
  /** The gates of the last resort. */
  readonly gates: AllGates;
  readonly version: string;
  /** Breakers belong to one instance; so do all of these answers. */
  readonly instance: string;
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

const reset = (breakers: readonly OperatedBreaker[], instance: string): CommandResult => {
  for (const breaker of breakers) breaker.reset();
  const names = breakers.map(({ name }) => name);
  const jsonBody = { reset: names, instance, circuitBreakers: reportBreakers(breakers) };
  return { reply: { status: 200, jsonBody }, audit: { outcome: 'done', breakers: names } };
};

/** `POST circuit-breakers/reset`: closes every breaker and clears its counters. */
export const createResetBreakers =
  ({ breakers, instance }: CircuitBreakerEndpointPorts): CarryOut =>
  async () =>
    reset(breakers(), instance);

const findBreaker = (breakers: AllBreakers, request: HttpRequest): OperatedBreaker | undefined =>
  breakers().find(({ name }) => name === request.params['name']);

const unknownBreaker = (breakers: AllBreakers, correlationId: string): CommandResult => {
  const names = breakers().map(({ name }) => name);
  const detail = `There is no such circuit breaker. There are: ${names.join(', ')}.`;
  return { reply: problem('UnknownCircuitBreaker', { detail, correlationId }), audit: { outcome: 'unknown' } };
};

/** `POST circuit-breakers/{name}/reset` */
export const createResetBreaker =
  ({ breakers, instance }: CircuitBreakerEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const breaker = findBreaker(breakers, request);
    return breaker === undefined ? unknownBreaker(breakers, correlationId) : reset([breaker], instance);
  };

/** The JSON value of a body, or `undefined` for bytes that are no JSON text in UTF-8. */
const parseJson = (body: Buffer): { readonly value: unknown } | undefined => {
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
    detail: `Nothing was changed: ${problems.length} of the values cannot be used.${more}`,
    errors: shown.map(({ field, expected }) => ({ field: field.slice(0, 80), detail: `expected ${expected}` })),
    correlationId,
  });
};

/** As it may stand in a log. */
const printable = (text: string): string => text.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, '?');

const change = (breaker: OperatedBreaker, input: unknown, correlationId: string): CommandResult => {
  const breakers = [breaker.name];
  const changed = changeBreaker(breaker, input);
  if (changed.kind === 'invalid') {
    const refusedFields = changed.problems.slice(0, 20).map(({ field }) => printable(field));
    const reply = invalidConfiguration(changed.problems, correlationId);
    return { reply, audit: { outcome: 'invalid', breakers, refusedFields } };
  }
  const { configuration, changes } = changed;
  return { reply: { status: 200, jsonBody: configuration }, audit: { outcome: 'done', breakers, changes } };
};

/** `PATCH circuit-breakers/{name}`: changes options while running (`null` switches one off); answers all of them. */
export const createChangeBreaker =
  ({ breakers }: CircuitBreakerEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const breaker = findBreaker(breakers, request);
    if (breaker === undefined) return unknownBreaker(breakers, correlationId);
    const audit = { outcome: 'invalid', breakers: [breaker.name] } as const;
    const reading = await readBody(request, maxBodyBytes);
    if (reading.kind === 'too-large') {
      const detail = `The body is above ${maxBodyBytes} bytes.`;
      return { reply: problem('PayloadTooLarge', { detail, correlationId }), audit };
    }
    const json = parseJson(reading.body);
    if (json !== undefined) return change(breaker, json.value, correlationId);
    const detail = 'The body is not JSON. Send an object of options, such as {"coolDownMs": 10000}.';
    return { reply: problem('MalformedPayload', { detail, correlationId }), audit };
  };

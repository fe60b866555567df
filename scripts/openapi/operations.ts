import * as z from 'zod';
import type { Access, HandlerName } from '../../src/composition/endpoints.js';
import type { ProblemCode } from '../../src/http/problems.js';
import {
  replayDeadLettersSchema,
  replayManySchema,
  replayNamedSchema,
  replayOneSchema,
} from '../../src/http/read-replay.js';
import { reconcileSchema } from '../../src/http/reconcile-endpoint.js';
import { simulateSchema } from '../../src/http/simulate-endpoint.js';
import { outcomes } from '../../src/operations/list-deliveries.js';
import * as events from './event-shapes.js';
import * as health from './health-shapes.js';
import { problem } from './problem-shape.js';

/** What can be asked of a handler, and what it answers beside problems that all of its kind have. */
export interface OperationShape {
  /** Parameters of the query, or of the header. */
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly body?: { readonly schema: z.ZodType; readonly optional?: true; readonly mediaType?: string };
  readonly replies?: readonly Reply[];
  readonly problems?: readonly ProblemCode[];
}

export interface Reply {
  readonly status: number;
  readonly description: string;
  /** One of these; absent: it has no body. */
  readonly schemas?: readonly z.ZodType[];
  readonly mediaType?: string;
}

const answers = (schema: z.ZodType | readonly z.ZodType[], description: string, status = 200): Reply => ({
  status,
  description,
  schemas: [schema].flat(),
});

const unchanged: Reply = { status: 304, description: 'It is what the entity tag of `If-None-Match` stands for.' };
const ifNoneMatch = { 'If-None-Match': z.string().describe('The `ETag` of an earlier answer.') };

const patch = health.breakerConfiguration.partial().strict();
const limit = z.int().min(1).max(200).default(50);

const listQuery = {
  provider: z.string(),
  type: z.string().describe('A pattern such as `github.pull_request`.'),
  bot: z.string(),
  subject: z.string().max(200).describe('A part of the subject.'),
  to: z.iso.datetime({ offset: true }).describe('Only what arrived before.'),
  cursor: z.string().describe('The `next` of an earlier answer.'),
  limit,
};
const oneQuery = { provider: z.string(), date: z.iso.date().describe('The day on which it arrived, UTC.') };

const list = (schema: z.ZodType): OperationShape => ({
  query: listQuery,
  headers: ifNoneMatch,
  replies: [answers(schema, 'One page, newest first.'), unchanged],
  problems: ['InvalidQuery', 'ArchiveUnavailable', 'CircuitBreakerOpen'],
});

const replaying = ['InvalidReplay', 'ArchiveUnavailable', 'CircuitBreakerOpen', 'QueueingFailed'] as const;

const simulateBody = simulateSchema.extend({
  bots: z.looseObject({}).describe('The content of a `bots.json`; `bots.schema.json` says what it holds.'),
});

export const requests = {
  replayEvent: replayOneSchema,
  replayEvents: z.union([replayManySchema, replayNamedSchema]),
  replayDeadLetters: replayDeadLettersSchema,
  simulateEvents: simulateBody,
  reconcile: reconcileSchema,
  changeCircuitBreaker: patch,
} as const;

/** Those that nothing is said of answer some JSON object. */
export const operations: Readonly<Partial<Record<HandlerName, OperationShape>>> = {
  receiveWebhook: {
    body: { schema: z.unknown(), mediaType: '*/*' },
    replies: [
      answers([events.accepted, events.acceptedBatch], 'A durable copy exists.', 202),
      {
        status: 200,
        description: 'The answer to a challenge, or what is 202 elsewhere, in the form that the provider asks for.',
        schemas: [z.unknown()],
        mediaType: '*/*',
      },
      { status: 204, description: 'A durable copy exists; this provider wants no body.' },
    ],
    problems: [
      'MalformedPayload',
      'MissingHeader',
      'ContradictoryHeader',
      'SignatureInvalid',
      'UnknownProvider',
      'LengthRequired',
      'PayloadTooLarge',
      'UnsupportedContent',
      'TooManyFailedAuthentications',
      'Overloaded',
      'CircuitBreakerOpen',
      'QueueingFailed',
      'SecretUnavailable',
      'PayloadNotStorable',
    ],
  },
  validateWebhook: {
    headers: {
      'WebHook-Request-Origin': z.string(),
      'WebHook-Request-Rate': z.string().describe('Requests a minute.'),
    },
    replies: [
      { status: 200, description: 'The origin may deliver here.' },
      { status: 403, description: 'The origin is none of `ALLOWED_ORIGINS`.' },
      { status: 405, description: 'This provider asks for no consent.' },
    ],
    problems: ['UnknownProvider'],
  },
  liveness: { replies: [answers(health.liveness, 'The process is up.')] },
  readiness: { replies: [answers(health.readiness, 'Requests can be served.')] },
  deepHealth: {
    query: { probe: z.boolean().describe('Call each dependency, 2 s at most.') },
    replies: [
      answers(health.deepHealth, 'Healthy or degraded.'),
      answers([health.deepHealth, problem], 'Unhealthy, or a setting is wrong.', 503),
    ],
  },
  breakerHealth: { replies: [answers(health.breakerHealth, 'Every breaker, whatever its state.')] },
  resetCircuitBreakers: { replies: [answers(health.breakersReset, 'Every breaker is closed.')] },
  resetCircuitBreaker: {
    replies: [answers(health.breakersReset, 'The breaker is closed.')],
    problems: ['UnknownCircuitBreaker'],
  },
  changeCircuitBreaker: {
    body: { schema: patch },
    replies: [answers(health.breakerConfiguration, 'The whole configuration as it is now.')],
    problems: ['UnknownCircuitBreaker', 'InvalidConfiguration', 'MalformedPayload', 'PayloadTooLarge'],
  },
  metrics: {
    replies: [
      {
        status: 200,
        description: 'Prometheus text format.',
        schemas: [z.string()],
        mediaType: 'text/plain; version=0.0.4; charset=utf-8',
      },
    ],
  },
  listEvents: { ...list(events.deliveryList), query: { ...listQuery, outcome: z.enum(outcomes) } },
  listOutbox: list(events.recordList),
  listDeadLetters: list(events.deadLetterList),
  showEvent: {
    query: oneQuery,
    replies: [answers(events.eventReport, 'What became of the delivery.')],
    problems: ['UnknownEvent', 'ArchiveUnavailable', 'CircuitBreakerOpen'],
  },
  simulateEvents: {
    body: { schema: simulateBody },
    replies: [answers(events.simulated, 'What would have been different; nothing was sent.')],
    problems: ['InvalidSimulation', 'ArchiveUnavailable', 'CircuitBreakerOpen'],
  },
  replayEvent: {
    body: { schema: replayOneSchema, optional: true },
    replies: [answers(events.eventReplayed, 'The event was sent again.')],
    problems: [...replaying, 'UnknownEvent'],
  },
  replayEvents: {
    body: { schema: requests.replayEvents },
    replies: [answers([events.eventsReplayed, events.eventReplayed], 'How far it came.')],
    problems: [...replaying, 'UnknownEvent'],
  },
  replayDeadLetters: {
    body: { schema: replayDeadLettersSchema },
    replies: [answers(events.deadLettersReplayed, 'How far it came.')],
    problems: ['InvalidReplay'],
  },
  reconcile: {
    body: { schema: reconcileSchema, optional: true },
    replies: [answers(events.reconciled, 'What was found, and what was asked for.')],
    problems: ['InvalidReplay'],
  },
  consolePage: {
    headers: ifNoneMatch,
    replies: [
      { status: 200, description: 'The page.', schemas: [z.string()], mediaType: 'text/html; charset=utf-8' },
      unchanged,
    ],
    problems: ['NoConsole'],
  },
  consoleFile: {
    headers: ifNoneMatch,
    replies: [{ status: 200, description: 'The file.', schemas: [z.string()], mediaType: '*/*' }, unchanged],
    problems: ['NoConsole'],
  },
};

/** What every handler of an access may answer. */
export const commonProblems = {
  signature: ['InternalError', 'NotReady'],
  open: ['InternalError', 'NotReady'],
  key: ['InternalError', 'NotReady'],
  operator: ['Unauthorized', 'SecretUnavailable', 'InternalError', 'NotReady'],
} as const satisfies Record<Access, readonly ProblemCode[]>;

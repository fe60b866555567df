import type { HttpResponseInit } from '@azure/functions';
import type { HttpEndpoint } from '../src/composition/endpoints.js';
import { liveness } from '../src/http/health-endpoints.js';
import { problem } from '../src/http/problems.js';
import type { HttpHandler } from '../src/http/receive-webhook.js';
import { createInvocationLog } from '../src/observability/log/log.js';

const retryAfterMs = 30_000;

const notReady: HttpResponseInit = problem('NotReady', { detail: 'InvalidSettings', retryAfterMs });

/**
 * What every route answers while a setting is wrong: it is there, for senders drop events at a 404, and asks to come again. The process
 * is up, and says so.
 */
export const answerUnconfigured = ({ dependsOnNothing }: HttpEndpoint): HttpHandler =>
  dependsOnNothing ? liveness : async () => notReady;

/** One line that names every problem: the host shows no error that is thrown at start. */
export const tellProblems = (problems: readonly string[]): void =>
  createInvocationLog(console).write('error', 'settings.invalid', { problems });

import type { HttpResponseInit } from '@azure/functions';
import { aroundInvocations, type FunctionsCore, type HttpOutput } from './functions-core.js';

/** What `Headers` would leave as it is. */
const plainName = /^[a-z-]+$/;
const plainValue = /^[!-~]+(?: [!-~]+)*$/;

const isPlain = (headers: object): headers is Readonly<Record<string, string>> =>
  Object.getPrototypeOf(headers) === Object.prototype &&
  Object.entries(headers).every(
    ([name, value]) => plainName.test(name) && typeof value === 'string' && plainValue.test(value),
  );

/** Statuses that have no body, whatever a handler gives them. */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

const isObject = (result: unknown): result is object => typeof result === 'object' && result !== null;

/** The worker's form of an answer that is JSON and plain headers; `undefined` for any other. */
const jsonAnswer = (result: unknown): HttpOutput | undefined => {
  if (!isObject(result)) return undefined;
  const { status, headers = {}, jsonBody, ...others }: HttpResponseInit = result;
  if (status === undefined || withoutBody.has(status) || !isObject(jsonBody)) return undefined;
  if (Object.keys(others).length > 0 || !isPlain(headers)) return undefined;
  return {
    statusCode: String(status),
    headers: { 'content-type': 'application/json', ...headers },
    cookies: [],
    enableContentNegotiation: false,
    body: { bytes: Buffer.from(JSON.stringify(jsonBody)) },
  };
};

/**
 * Hands the worker an answer in JSON as it is. The library makes a `Response` of it and reads that as a stream, which takes twenty times
 * the CPU (docs/performance.md). Any other answer goes through the library.
 */
export const answerJsonDirectly = (core: FunctionsCore): void =>
  aroundInvocations(core, (_context, proceed) => {
    const invocation = proceed();
    const { getResponse } = invocation;
    invocation.getResponse = async (context, result) => {
      const http = jsonAnswer(result);
      if (http === undefined) return getResponse.call(invocation, context, result);
      const response = await getResponse.call(invocation, context, undefined);
      return { ...response, returnValue: { http } };
    };
    return invocation;
  });

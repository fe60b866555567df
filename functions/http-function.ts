import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { App } from '../src/composition/app.js';
import type { HandlerName, HttpEndpoint } from '../src/composition/endpoints.js';
import { problem } from '../src/http/problems.js';

import { pathParameters } from './path-parameters.js';

/** All that a route may be asked with, so that the host hands every request on: it would answer 404 without `Allow`. */
export const takenMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const wrongMethod = ({ methods }: HttpEndpoint): HttpResponseInit => {
  const allow = Object.keys(methods).join(', ');
  const reply = problem('MethodNotAllowed', { detail: `This route takes ${allow}.` });
  return { ...reply, headers: { ...reply.headers, allow } };
};

const handlerFor = (
  { methods, otherwise, byQuery }: HttpEndpoint,
  { method, query }: Pick<HttpRequest, 'method' | 'query'>,
): HandlerName | undefined => {
  const handler = new Map(Object.entries(methods)).get(method);
  if (handler === undefined) return otherwise;
  return byQuery !== undefined && query.has(byQuery.parameter) ? byQuery.handler : handler;
};

const withoutBody = ({ status, headers }: HttpResponseInit): HttpResponseInit => ({
  ...(status !== undefined && { status }),
  ...(headers !== undefined && { headers }),
});

/** One function: finds the handler by the method and gives it the parameters of the path. `loadApp` is asked at the first request. */
export const createHttpFunction =
  (endpoint: HttpEndpoint, loadApp: () => Promise<App>) =>
  async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const { method, url } = request;
    const name = handlerFor(endpoint, request);
    if (name === undefined) return wrongMethod(endpoint);
    const handler = (await loadApp())[name];
    Object.defineProperty(request, 'params', { value: pathParameters(url, endpoint.route) });
    const reply = await handler(request, context);
    return method === 'HEAD' ? withoutBody(reply) : reply;
  };

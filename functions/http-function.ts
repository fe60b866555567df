import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { App } from '../src/composition/app.js';
import { problem } from '../src/http/problems.js';
import type { HttpEndpoint } from './endpoints.js';
import { pathParameters } from './path-parameters.js';

/** All that a route may be asked with, so that the host hands every request on: it would answer 404 without `Allow`. */
export const takenMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

type Method = keyof HttpEndpoint['handlers'];

const wrongMethod = ({ handlers }: HttpEndpoint): HttpResponseInit => {
  const allow = Object.keys(handlers).join(', ');
  const reply = problem('MethodNotAllowed', { detail: `This route takes ${allow}.` });
  return { ...reply, headers: { ...reply.headers, allow } };
};

const isHandled = ({ handlers }: HttpEndpoint, method: string): method is Method => Object.hasOwn(handlers, method);

const withoutBody = ({ status, headers }: HttpResponseInit): HttpResponseInit => ({
  ...(status !== undefined && { status }),
  ...(headers !== undefined && { headers }),
});

/** One function: finds the handler by the method and gives it the parameters of the path. `loadApp` is asked at the first request. */
export const createHttpFunction =
  (endpoint: HttpEndpoint, loadApp: () => Promise<App>) =>
  async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const { method, url } = request;
    const choose = isHandled(endpoint, method) ? endpoint.handlers[method] : endpoint.otherwise;
    if (choose === undefined) return wrongMethod(endpoint);
    const handler = choose(await loadApp());
    Object.defineProperty(request, 'params', { value: pathParameters(url, endpoint.route) });
    const reply = await handler(request, context);
    return method === 'HEAD' ? withoutBody(reply) : reply;
  };

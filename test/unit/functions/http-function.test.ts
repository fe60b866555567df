import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { createHttpFunction, takenMethods } from '../../../functions/http-function.js';
import { answerUnconfigured } from '../../../functions/unconfigured.js';
import { type HttpEndpoint, httpEndpoints } from '../../../src/composition/endpoints.js';
import { createMemoryApp, signGithub, testSecret } from '../../support/memory-app.js';

const routes: readonly HttpEndpoint[] = httpEndpoints;
const { app } = createMemoryApp();
const context = new InvocationContext({ functionName: 'test', logHandler: () => {} });

const routeOf = (route: string): HttpEndpoint => {
  const found = routes.find((endpoint) => endpoint.route === route);
  if (found === undefined) throw new Error(`No route ${route}`);
  return found;
};

const ask = (
  endpoint: HttpEndpoint,
  method: string,
  options: Partial<ConstructorParameters<typeof HttpRequest>[0]> = {},
): Promise<HttpResponseInit> => {
  const url = `http://localhost/api/${endpoint.route.replace('{provider}', 'github')}`;
  return createHttpFunction(endpoint, async () => app)(new HttpRequest({ method, url, ...options }), context);
};

const wrong = routes.flatMap((endpoint) =>
  takenMethods
    .filter((method) => !Object.hasOwn(endpoint.methods, method))
    .map((method) => ({ method, route: endpoint.route, endpoint })),
);

describe('a route', () => {
  it.each(wrong)('$method $route: 405, with the methods that there are', async ({ method, endpoint }) => {
    const reply = await ask(endpoint, method);

    expect(reply.status).toBe(405);
    const allowed = new Headers(reply.headers).get('allow')?.split(', ') ?? [];
    expect(Object.keys(endpoint.methods)).toEqual(expect.arrayContaining(allowed));
    expect(allowed).not.toEqual([]);
    if (method !== 'HEAD')
      expect(JSON.parse(String(reply.body))).toMatchObject({ code: 'MethodNotAllowed', status: 405 });
  });

  it.each([
    'health',
    'health/live',
    'health/ready',
    'health/deep',
  ])('HEAD %s is GET without its body', async (route) => {
    const get = await ask(routeOf(route), 'GET');
    const head = await ask(routeOf(route), 'HEAD');

    expect(head.status).toBe(get.status);
    expect(head.headers).toEqual(get.headers);
    expect([head.body, head.jsonBody]).toEqual([undefined, undefined]);
    expect(get.jsonBody).toBeDefined();
  });

  it('has its parameters from the path, whatever the host makes of body and query', async () => {
    const body = Buffer.from('{"Provider":"nobody","zen":"Keep it."}');

    const reply = await ask(routeOf('webhooks/{provider}'), 'POST', {
      params: { Provider: 'nobody' },
      query: { PROVIDER: 'nobody' },
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'ping',
        'x-github-delivery': 'd-1',
        'x-hub-signature-256': signGithub(body, testSecret),
      },
      body: { bytes: body },
    });

    expect(reply.status).toBe(202);
  });

  it('answers by another handler where the query has its parameter', async () => {
    const answered: string[] = [];
    const noting = (name: string) => async () => {
      answered.push(name);
      return { status: 200 };
    };
    const noted = { ...app, listEvents: noting('listEvents'), showEvent: noting('showEvent') };
    const events = createHttpFunction(routeOf('events'), async () => noted);
    for (const query of ['', '?limit=1', '?id=a%2Fb', '?id=']) {
      await events(new HttpRequest({ method: 'GET', url: `http://localhost/api/events${query}` }), context);
    }

    expect(answered).toEqual(['listEvents', 'listEvents', 'showEvent', 'showEvent']);
  });
});

describe('while a setting is wrong', () => {
  it.each(routes)('$route is there, and answers as well as it can', async (endpoint) => {
    const request = new HttpRequest({ method: 'POST', url: 'http://localhost/api/x' });

    const reply = await answerUnconfigured(endpoint)(request, context);

    if (endpoint.dependsOnNothing) expect(reply).toMatchObject({ status: 200, jsonBody: { status: 'healthy' } });
    else {
      expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
      expect(JSON.parse(String(reply.body))).toMatchObject({ code: 'NotReady', detail: 'InvalidSettings' });
    }
  });
});

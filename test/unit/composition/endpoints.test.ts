import { HttpRequest, InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { type HttpEndpoint, handlersOf, httpEndpoints, operatorCommands } from '../../../src/composition/endpoints.js';
import { createMemoryApp } from '../../support/memory-app.js';

const endpoints: readonly HttpEndpoint[] = httpEndpoints;
const commands = [...new Set(endpoints.filter(({ access }) => access === 'operator').flatMap(handlersOf))];

const segments = (route: string): readonly string[] => route.split('/');
const isParameter = (segment: string): boolean => segment.startsWith('{');

/** Whether a request for `route` fits `pattern` too. */
const standsFor = (pattern: string, route: string): boolean =>
  pattern !== route &&
  segments(pattern).length === segments(route).length &&
  segments(pattern).every((segment, at) => isParameter(segment) || segment === segments(route)[at]);

describe('the endpoint table', () => {
  it('has every name and every route once', () => {
    expect(new Set(endpoints.map(({ name }) => name)).size).toBe(endpoints.length);
    expect(new Set(endpoints.map(({ route }) => route)).size).toBe(endpoints.length);
  });

  it.each(
    endpoints,
  )('$route: those that it could stand for have names before its own: Azure tries them in that order', ({
    name,
    route,
  }) => {
    const overlapping = endpoints.filter((other) => standsFor(route, other.route)).map((other) => other.name);

    expect(overlapping.filter((other) => other > name)).toEqual([]);
  });

  it('has no route that the Functions host keeps for itself', () => {
    expect(endpoints.filter(({ route }) => /^(admin|runtime)\b/i.test(route))).toEqual([]);
  });

  it('answers a command by handlers that nothing else answers by', () => {
    const others = endpoints.filter(({ access }) => access !== 'operator').flatMap(handlersOf);

    expect(commands.filter((handler) => others.includes(handler))).toEqual([]);
  });

  it.each(commands)('%s without an admin token: refused, and one audit line names its command', async (handler) => {
    const { app, lines } = createMemoryApp();
    const request = new HttpRequest({ method: 'POST', url: 'http://localhost/api/x', params: { id: 'x', name: 'x' } });

    const reply = await app[handler](request, new InvocationContext({ functionName: 'test', logHandler: () => {} }));

    expect(reply.status).toBe(401);
    const audited = lines.filter(({ event }) => event === 'operator.command-refused');
    expect(audited).toMatchObject([{ command: expect.stringMatching(/^[a-z]+(-[a-z]+)*$/), outcome: 'unauthorized' }]);
    expect(operatorCommands).toContain(audited[0]?.['command']);
  });

  it('calls the commands what audit lines, queries and metrics have always called them', () => {
    expect(operatorCommands).toEqual(
      expect.arrayContaining([
        'change-circuit-breaker',
        'list-dead-letters',
        'list-events',
        'list-outbox',
        'reconcile',
        'replay-dead-letters',
        'replay-event',
        'replay-events',
        'reset-circuit-breaker',
        'reset-circuit-breakers',
        'show-event',
        'simulate-events',
      ]),
    );
  });
});

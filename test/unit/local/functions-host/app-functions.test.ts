import { describe, expect, test } from 'vitest';
import { readAppFunctions } from '../../../../local/functions-host/app-functions.js';
import { FunctionApp } from '../../../../local/functions-host/core/function-app.js';
import type { RpcFunctionMetadata } from '../../../../local/functions-host/core/rpc-messages.js';

type Binding = Readonly<Record<string, unknown>>;

const http = (route: string, methods: readonly string[] = ['GET']): Binding => ({
  type: 'httpTrigger',
  direction: 'in',
  route,
  methods,
  authLevel: 'anonymous',
});

const timer = (schedule: string): Binding => ({ type: 'timerTrigger', direction: 'in', schedule });

const appWith = (functions: Readonly<Record<string, Binding>>): readonly RpcFunctionMetadata[] => {
  const app = new FunctionApp();
  for (const [name, binding] of Object.entries(functions)) {
    app.registerFunction({ name, bindings: { trigger: binding } }, () => undefined);
  }
  return [...app.functions.values()].map(({ metadata }) => metadata);
};

describe('app functions', () => {
  test.each([
    ['names that differ in case alone', { one: http('a'), ONE: http('b') }, "'ONE' must be unique"],
    ['a route below admin', { mine: http('admin/users') }, 'conflicts with one or more built in routes'],
    ['a route below runtime', { mine: http('/Runtime/x') }, 'conflicts with one or more built in routes'],
    [
      'one route twice',
      { a: http('same'), b: http('SAME', ['get']) },
      "conflicts with the route defined by function 'a'",
    ],
    ['a route with a stray brace', { a: http('x/{id') }, 'brace without its partner'],
    ['an unknown constraint', { a: http('x/{id:prime}') }, 'unknown constraint "prime"'],
    ['an unknown level', { a: { ...http('a'), authLevel: 'root' } }, 'authLevel'],
    ['a name that is none', { '9 lives': http('a') }, 'not a valid function name'],
    ['a schedule that is none', { t: timer('daily') }, 'neither an NCRONTAB expression nor a TimeSpan'],
    ['a setting that is not there', { t: timer('%NOT_SET%') }, "'%NOT_SET%' does not resolve to a value"],
    ['no trigger', { a: { type: 'http', direction: 'out' } }, 'no trigger binding'],
    ['nothing at all', {}, 'registered none'],
  ])('an app with %s is refused with the reason', (_what, functions, reason) => {
    expect(() => readAppFunctions(appWith(functions), {})).toThrow(reason);
  });

  test('one route may belong to functions with different methods', () => {
    const functions = readAppFunctions(appWith({ read: http('items'), write: http('items', ['PUT']) }), {});

    expect(functions.map(({ name }) => name)).toEqual(['read', 'write']);
  });

  test('a function without a route is found under its name', () => {
    const [only] = readAppFunctions(appWith({ hello: http('') }), {});

    expect(only).toMatchObject({ kind: 'http', trigger: { route: 'hello', methods: ['GET'] } });
  });

  test('a setting switches a function off', () => {
    const app = appWith({ a: timer('0 * * * * *'), b: timer('0 * * * * *') });

    const functions = readAppFunctions(app, { 'AzureWebJobs.a.Disabled': 'true', 'AzureWebJobs.b.Disabled': 'false' });

    expect(functions.map(({ disabled }) => disabled)).toEqual([true, false]);
  });

  test('a trigger of an unknown type is no fault', () => {
    const [only] = readAppFunctions(appWith({ hub: { type: 'quantumTrigger', direction: 'in' } }), {});

    expect(only).toMatchObject({ kind: 'other', binding: { type: 'quantumTrigger' } });
  });
});

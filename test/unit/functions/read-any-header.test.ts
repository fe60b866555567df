import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { FunctionsCore, InvocationContextOfWorker } from '../../../functions/functions-core.js';
import { readAnyHeader } from '../../../functions/read-any-header.js';

const headersOf = (context: InvocationContextOfWorker): Headers => {
  const headers = context.request.inputData?.[0]?.data?.http?.nullableHeaders ?? {};
  const plain = Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value ?? '']));
  return new Headers(new HttpRequest({ method: 'POST', url: 'http://localhost/', headers: plain }).headers);
};

/** A worker whose model makes a request of the headers, as the library does. */
const workerOf = () => {
  let model: unknown = {
    name: 'test',
    version: '1',
    getInvocationModel: headersOf,
    getCapabilities: () => 'as before',
  };
  const core: FunctionsCore = {
    getProgrammingModel: () => Object(model),
    setProgrammingModel: (next) => {
      model = next;
    },
  };
  return { core, model: () => Object(model) };
};

const contextWith = (values: Readonly<Record<string, string>>): InvocationContextOfWorker => ({
  request: {
    inputData: [
      {
        data: {
          http: {
            nullableHeaders: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }])),
          },
        },
      },
    ],
  },
});

describe('header text beyond Latin-1', () => {
  it('is what the library throws for', () => {
    expect(() =>
      workerOf()
        .model()
        .getInvocationModel(contextWith({ 'x-event': '…' })),
    ).toThrow(TypeError);
  });

  it.each([
    ['…', 'â\u0080¦'],
    ['ü', 'ü'],
    ['plain', 'plain'],
    ['a\0b', 'aï¿½b'],
    ['Ā', 'Ä\u0080'],
  ])('%j reaches the function as the bytes that were sent: %j', (value, expected) => {
    const { core, model } = workerOf();

    readAnyHeader(core);

    expect(
      model()
        .getInvocationModel(contextWith({ 'x-event': value }))
        .get('x-event'),
    ).toBe(expected);
  });

  it('leaves everything else of the worker’s model as it is', () => {
    const { core, model } = workerOf();

    readAnyHeader(core);

    expect(model().name).toBe('test');
    expect(model().getCapabilities()).toBe('as before');
    expect(() => model().getInvocationModel({ request: { inputData: [{ data: null }] } })).not.toThrow();
  });

  it('a worker without a model is left alone', () => {
    const core: FunctionsCore = {
      setProgrammingModel: () => {
        throw new TypeError('There is nothing to set');
      },
    };

    expect(() => readAnyHeader(core)).not.toThrow();
  });
});

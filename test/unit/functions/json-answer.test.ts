import { createRequire } from 'node:module';
import type { HttpResponseInit } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { FunctionsCore } from '../../../functions/functions-core.js';
import { answerJsonDirectly } from '../../../functions/json-answer.js';

/** The library's own conversion. */
const { HttpResponse }: typeof import('@azure/functions') = createRequire(import.meta.url)('@azure/functions');

const convert = async (result: HttpResponseInit) => {
  const response = new HttpResponse(result);
  return {
    http: {
      statusCode: String(response.status),
      headers: Object.fromEntries(response.headers.entries()),
      cookies: [...response.cookies],
      enableContentNegotiation: response.enableContentNegotiation,
      body: { bytes: new Uint8Array(await response.arrayBuffer()) },
    },
  };
};

/** A worker whose model converts an answer as the library does, and writes down which ones it was given. */
const workerOf = () => {
  const converted: unknown[] = [];
  let model: unknown = {
    getInvocationModel: () => ({
      async getResponse(_context: unknown, result: HttpResponseInit | undefined) {
        if (result !== undefined) converted.push(result);
        return { invocationId: 'i', outputData: [], returnValue: result && (await convert(result)) };
      },
    }),
  };
  const core: FunctionsCore = {
    getProgrammingModel: () => Object(model),
    setProgrammingModel: (next) => {
      model = next;
    },
  };
  answerJsonDirectly(core);
  const respond = (result: unknown) => Object(model).getInvocationModel({ request: {} }).getResponse({}, result);
  return { respond, converted };
};

const asText = ({ returnValue: { http } }: { readonly returnValue: { readonly http: Record<string, unknown> } }) => ({
  ...http,
  body: Buffer.from(Object(http['body']).bytes).toString('utf8'),
});

const accepted = { status: 202, jsonBody: { id: 'zoë', routedTo: ['notifier'], lone: '\ud800' } };
const problem = {
  status: 503,
  headers: { 'content-type': 'application/problem+json', 'retry-after': '30', 'x-correlation-id': 'c-1' },
  jsonBody: { code: 'CircuitBreakerOpen' },
};

describe('an answer in JSON', () => {
  it.each([
    ['without headers', accepted],
    ['with headers', { ...accepted, headers: { 'x-correlation-id': '72d3162e', allow: 'GET, POST' } }],
    ['of a type of its own', problem],
    ['that is a list', { status: 200, jsonBody: [] }],
  ])('%s is what the library makes of it, without the library', async (_name, answer) => {
    const { respond, converted } = workerOf();

    const response = await respond(answer);

    expect(asText(response)).toEqual(asText({ returnValue: await convert(answer) }));
    expect(response).toMatchObject({ invocationId: 'i', outputData: [] });
    expect(converted).toEqual([]);
  });
});

describe('any other answer', () => {
  it.each([
    ['nothing', undefined],
    ['a text', { status: 200, body: 'challenge' }],
    ['no status', { jsonBody: {} }],
    ['a status without a body', { status: 204, jsonBody: {} }],
    ['cookies', { ...accepted, cookies: [{ name: 'a', value: 'b' }] }],
    ['headers as the library keeps them', { ...accepted, headers: new Headers({ 'x-one': '1' }) }],
    ['a list of headers', { ...accepted, headers: [['x-one', '1']] }],
    ['a header spelled otherwise', { ...accepted, headers: { 'X-One': '1' } }],
    ['a header that has to be trimmed', { ...accepted, headers: { 'x-one': ' 1' } }],
  ])('(%s) goes through the library', async (_name, answer) => {
    const { respond, converted } = workerOf();

    const { returnValue } = await respond(answer);

    expect(converted).toEqual(answer === undefined ? [] : [answer]);
    expect(returnValue).toEqual(answer && (await convert(Object(answer))));
  });

  it('with a line break in a header is refused by the library', async () => {
    const { respond } = workerOf();

    await expect(respond({ ...accepted, headers: { 'x-one': '1\r\nx-two: 2' } })).rejects.toThrow(TypeError);
  });
});

import { expect, it } from 'vitest';
import { traceContext } from '../../../src/consumer/consumer.js';
import { sampleAttributes } from '../envelope/sample-attributes.js';

const { traceparent } = sampleAttributes;

it.each([
  ['both', { tracestate: 'a=1' }, { traceparent, tracestate: 'a=1' }],
  ['no tracestate', {}, { traceparent }],
  ['a tracestate that is none', { tracestate: 'forged\r\nx: 1' }, { traceparent }],
])('consumer: the trace of an event with %s goes on in the headers of its calls', (_what, attributes, headers) => {
  const trace = traceContext({ attributes: { ...sampleAttributes, ...attributes } });

  expect(trace).toEqual({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', headers });
});

it('consumer: an event whose traceparent is not valid has no trace', () => {
  expect(traceContext({ attributes: { ...sampleAttributes, traceparent: 't', tracestate: 'a=1' } })).toBeUndefined();
});

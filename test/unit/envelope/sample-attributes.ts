import type { EnvelopeAttributes } from '../../../src/envelope/event-envelope.js';

/** Attributes of an ordinary event. */
export const sampleAttributes: EnvelopeAttributes = {
  specversion: '1.0',
  id: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  source: 'https://github.com/octo-org/octo-repo',
  type: 'github.pull_request.opened',
  subject: 'octo-org/octo-repo/pull_request/42',
  time: '2026-01-02T03:04:05.678Z',
  datacontenttype: 'application/json',
  partitionkey: 'octo-org/octo-repo/pull_request/42',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  provider: 'github',
  event: 'pull_request',
  action: 'opened',
  deliveryid: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  correlationid: 'c0ffee',
};

import { createHash } from 'node:crypto';
import type { PayloadToArchive } from '../../../src/archive/payload-archive.js';

interface SamplePayload {
  readonly body?: Buffer;
  readonly contentType?: string;
  readonly attributes?: Partial<PayloadToArchive['attributes']>;
}

/** A payload as `ingest` hands it to the archive; what a test cares about goes in. */
export const samplePayload = ({ body, contentType, attributes }: SamplePayload = {}): PayloadToArchive => {
  const bytes = body ?? Buffer.from('{"action":"opened","number":9007199254740993}');
  return {
    attributes: {
      specversion: '1.0',
      id: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      source: 'https://github.com/octo-org/octo-repo',
      type: 'github.pull_request.opened',
      subject: 'octo-org/octo-repo/pull_request/42',
      time: '2026-11-21T07:08:09.010Z',
      datacontenttype: 'application/json',
      partitionkey: 'octo-org/octo-repo/pull_request/42',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      provider: 'github',
      event: 'pull_request',
      action: 'opened',
      deliveryid: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      correlationid: '0d6f2b9e-4b53-4d5f-9f0c-0c1a8b1b1c1d',
      ...attributes,
    },
    body: bytes,
    contentType: contentType ?? 'application/json',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    repository: 'octo-org/octo-repo',
    signatureStatus: 'verified',
    secretVersion: 'v1',
    verbatimJson: true,
    sessionKeys: { repository: 'octo-org/octo-repo', source: 'https://github.com/octo-org/octo-repo' },
  };
};

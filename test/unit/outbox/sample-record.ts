import type { OutboxRecord, OwedCopy } from '../../../src/outbox/record/outbox-record.js';
import { sampleAttributes } from '../envelope/sample-attributes.js';

interface SampleRecord {
  readonly id?: string;
  readonly provider?: string;
  readonly time?: string;
  readonly archiveName?: string;
  readonly owed?: readonly Partial<OwedCopy>[];
  readonly history?: OutboxRecord['history'];
}

/** A record as `ingest` writes it; what a test cares about goes in. */
export const sampleRecord = (given: SampleRecord = {}): OutboxRecord => {
  const id = given.id ?? sampleAttributes.id;
  const provider = given.provider ?? sampleAttributes.provider;
  const archiveName = given.archiveName ?? `${provider}/2026/01/02/${id}.json`;
  return {
    version: 1,
    attributes: { ...sampleAttributes, id, provider, time: given.time ?? sampleAttributes.time },
    repository: 'octo-org/octo-repo',
    payload: { archiveName, url: `https://store/${archiveName}`, sha256: '0'.repeat(64), size: 2, travels: 'json' },
    owed: (given.owed ?? [{}]).map((owed) => ({ bot: 'notifier', queue: 'bot-notifier', attempts: 0, ...owed })),
    history: given.history ?? [],
  };
};

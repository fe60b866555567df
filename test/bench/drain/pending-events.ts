import { createHash } from 'node:crypto';
import type { PayloadToArchive } from '../../../src/archive/payload-archive.js';
import type { OutboxRecord } from '../../../src/outbox/record/outbox-record.js';
import type { Bot } from '../../../src/routing/bot.js';

/** Who every pending event is owed to. */
export const bot: Bot = {
  name: 'merge-warden',
  queue: 'bot-merge-warden',
  events: ['github.pull_request'],
  ordered: true,
  orderBy: 'entity',
};

/** 10 KB, as most webhooks of GitHub are; the same for every event, so that making it costs nothing. */
export const payload = Buffer.from(JSON.stringify({ action: 'synchronize', padding: 'x'.repeat(10_000) }));
const sha256 = createHash('sha256').update(payload).digest('hex');

const firstMs = Date.parse('2026-01-02T03:00:00.000Z');
const stepMs = 144;
const sessions = 500;

/** The event that arrived as the nth: two hours for 50,000, ids in no order, as senders make them. */
export const pendingEvent = (n: number): PayloadToArchive => {
  const id = createHash('md5').update(String(n)).digest('hex');
  const subject = `octo-org/octo-repo/pull_request/${n % sessions}`;
  return {
    attributes: {
      specversion: '1.0',
      id,
      source: 'https://github.com/octo-org/octo-repo',
      type: 'github.pull_request.synchronize',
      subject,
      time: new Date(firstMs + n * stepMs).toISOString(),
      datacontenttype: 'application/json',
      partitionkey: subject,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      provider: 'github',
      event: 'pull_request',
      action: 'synchronize',
      deliveryid: id,
      correlationid: id,
    },
    body: payload,
    contentType: 'application/json',
    sha256,
    repository: 'octo-org/octo-repo',
    signatureStatus: 'verified',
    secretVersion: 'v1',
    verbatimJson: true,
    sessionKeys: { repository: 'octo-org/octo-repo', source: 'octo-org/octo-repo' },
  };
};

/** What the outbox keeps of it. */
export const pendingRecord = (
  { attributes, body }: PayloadToArchive,
  archived: { readonly name: string; readonly url: string },
): OutboxRecord => ({
  version: 1,
  attributes,
  repository: 'octo-org/octo-repo',
  payload: { archiveName: archived.name, url: archived.url, sha256, size: body.length, travels: 'json' },
  owed: [{ bot: bot.name, queue: bot.queue, sessionId: attributes.partitionkey, attempts: 0 }],
  history: [{ bot: bot.name, reason: 'circuit-open', times: 1, firstAt: attributes.time, lastAt: attributes.time }],
});

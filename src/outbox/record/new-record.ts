import * as z from 'zod';
import type { ArchivedPayload, PayloadToArchive } from '../../archive/payload-archive.js';
import type { OutboxRecord } from './outbox-record.js';

const text = z.string().min(1);

/** One bot's copy that did not get through at first, and why; also as the archive backlog carries it. */
export const newOwedCopySchema = z
  .object({ bot: text, queue: text, sessionId: text.exactOptional(), reason: text })
  .readonly();

export type NewOwedCopy = z.infer<typeof newOwedCopySchema>;

interface NewRecord {
  readonly payload: Pick<PayloadToArchive, 'attributes' | 'body' | 'sha256' | 'repository'>;
  readonly archived: Pick<ArchivedPayload, 'name' | 'url'>;
  readonly travels: OutboxRecord['payload']['travels'];
  /** At least one. */
  readonly undelivered: readonly NewOwedCopy[];
  /** The time that orders it; absent: its event's time of arrival. */
  readonly orderedAt?: string | undefined;
  readonly behindBacklog?: boolean;
}

/** The record of an archived event whose copies for some bots did not get through. */
export const newRecord = ({ payload, archived, travels, undelivered, ...place }: NewRecord): OutboxRecord => {
  const { orderedAt, behindBacklog = false } = place;
  const { attributes, body, sha256, repository } = payload;
  const { time } = attributes;
  return {
    version: 1,
    attributes,
    ...(orderedAt !== undefined && { orderedAt }),
    ...(behindBacklog && { behindBacklog }),
    ...(repository !== undefined && { repository }),
    payload: { archiveName: archived.name, url: archived.url, sha256, size: body.length, travels },
    owed: undelivered.map(({ reason: _, ...copy }) => ({ ...copy, attempts: 0 })),
    history: undelivered.map(({ bot, reason }) => ({ bot, reason, times: 1, firstAt: time, lastAt: time })),
  };
};

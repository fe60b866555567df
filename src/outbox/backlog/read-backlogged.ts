import { createHash } from 'node:crypto';
import * as z from 'zod';
import { decodeMetadata } from '../../archive/blob-form.js';
import type { PayloadToArchive } from '../../archive/payload-archive.js';
import { withExtensions } from '../../envelope/encode-envelope.js';
import { envelopeAttributesSchema } from '../../envelope/event-envelope.js';
import { extractData } from '../../envelope/extract-data.js';
import { parseJson } from '../../text/text.js';
import { type NewOwedCopy, newOwedCopySchema } from '../record/new-record.js';
import type { OutboxRecord } from '../record/outbox-record.js';
import type { BackloggedMessage } from './archive-backlog-source.js';

export type Backlogged =
  | {
      readonly kind: 'payload';
      readonly payload: PayloadToArchive;
      readonly travels: OutboxRecord['payload']['travels'];
      readonly undelivered: readonly NewOwedCopy[];
      /** The time that orders its record; absent: its time of arrival. */
      readonly orderedAt?: string | undefined;
      readonly behindBacklog: boolean;
    }
  /** Nothing that a repeat could cure. */
  | { readonly kind: 'damaged'; readonly reason: 'not-an-envelope' | 'payload-changed' | 'owed-unreadable' };

const owedSchema = z.array(newOwedCopySchema);
const timeSchema = z.iso.datetime();

const extract = (envelope: Buffer) => {
  try {
    const data = extractData(envelope);
    return data.kind === 'claim-check' ? undefined : data;
  } catch {
    return undefined;
  }
};

/** A message of the archive backlog as the payload it holds: attributes and bytes from its envelope, the rest from its properties. */
export const readBacklogged = ({
  body: envelope,
  applicationProperties,
}: Pick<BackloggedMessage, 'body' | 'applicationProperties'>): Backlogged => {
  const data = extract(envelope);
  const members = parseJson(envelope.toString('utf8'));
  const ours = envelopeAttributesSchema.safeParse(members).data;
  if (data === undefined || ours === undefined) return { kind: 'damaged', reason: 'not-an-envelope' };
  const attributes = withExtensions(ours, Object(members));
  const { owed = '[]', orderedat, behindbacklog, ...metadata } = applicationProperties;
  const undelivered = owedSchema.safeParse(parseJson(owed)).data;
  if (undelivered === undefined) return { kind: 'damaged', reason: 'owed-unreadable' };
  const { sha256 = '', repository, signaturestatus, secretversion = '', ...keys } = decodeMetadata(metadata);
  if (createHash('sha256').update(data.bytes).digest('hex') !== sha256) {
    return { kind: 'damaged', reason: 'payload-changed' };
  }
  const payload: PayloadToArchive = {
    attributes,
    body: data.bytes,
    contentType: attributes.datacontenttype,
    sha256,
    ...(repository !== undefined && { repository }),
    signatureStatus: signaturestatus === 'repeated-body' ? signaturestatus : 'verified',
    secretVersion: secretversion,
    verbatimJson: data.kind === 'json',
    sessionKeys: {
      repository: keys['repositorykey'] ?? attributes.partitionkey,
      source: keys['sourcekey'] ?? attributes.source,
    },
  };
  const orderedAt = timeSchema.safeParse(orderedat).data;
  const behindBacklog = behindbacklog !== undefined;
  return { kind: 'payload', payload, travels: data.kind, undelivered, orderedAt, behindBacklog };
};

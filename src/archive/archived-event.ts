import * as z from 'zod';
import type { EnvelopeAttributes } from '../envelope/event-envelope.js';
import { envelopeAttributesSchema } from '../envelope/event-envelope.js';
import type { SessionKeys } from '../providers/provider.js';
import { envelopeAttributesFrom } from './blob-form.js';
import type { ArchiveEntry } from './payload-archive.js';

/** An archived event by its metadata alone: all but the bytes of its payload. */
export interface ArchivedEvent {
  readonly name: string;
  readonly url: string;
  readonly size: number;
  readonly contentType: string;
  readonly attributes: EnvelopeAttributes;
  readonly repository?: string;
  readonly sessionKeys: SessionKeys;
  /** How the payload travels when it fits a message. */
  readonly travels: 'json' | 'binary';
  readonly sha256: string;
  readonly signatureStatus: string;
  readonly secretVersion: string;
  /** Which process saw the delivery through, as far as it is known. */
  readonly process?: string;
}

const travelsSchema = z.enum(['json', 'binary']).catch('binary');

/** What a listing shows of an event, or `undefined` for a blob that is not ours. Attributes are in an envelope's order. */
export const archivedEventFrom = ({ metadata, ...entry }: ArchiveEntry): ArchivedEvent | undefined => {
  const attributes = envelopeAttributesSchema.safeParse(envelopeAttributesFrom(metadata)).data;
  const { repository, sha256, signaturestatus = '', secretversion = '', process } = metadata;
  if (attributes === undefined || sha256 === undefined) return undefined;
  const { partitionkey, source } = attributes;
  const sessionKeys = {
    entity: partitionkey,
    repository: metadata['repositorykey'] ?? repository ?? source,
    source: metadata['sourcekey'] ?? source,
  };
  return {
    ...entry,
    attributes,
    ...(repository !== undefined && { repository }),
    sessionKeys,
    travels: travelsSchema.parse(metadata['travels']),
    sha256,
    signatureStatus: signaturestatus,
    secretVersion: secretversion,
    ...(process !== undefined && { process }),
  };
};

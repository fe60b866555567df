import { createHash } from 'node:crypto';

/** What an archive name is made of: all three are attributes of the envelope. */
export interface ArchiveNameParts {
  readonly provider: string;
  /** RFC 3339 UTC. */
  readonly time: string;
  readonly id: string;
}

const plainId = /^[0-9A-Za-z-]{1,64}$/;

/** The part of an archive name that stands for one event: its id where that is plain, else the id's SHA-256 in hex. */
export const safeFileName = (id: string): string =>
  plainId.test(id) ? id : createHash('sha256').update(id, 'utf8').digest('hex');

const besideForm = /-[0-9a-f]{64}$/;

/**
 * The `safeFileName` of the event that a blob of the archive or the outbox is named after, in whichever account it lies, and also where it
 * lies beside another one: no safe name is long enough to end in a digest of its own.
 */
export const eventFileOf = (blobName: string): string =>
  blobName
    .slice(blobName.lastIndexOf('/') + 1)
    .replace(/\.json(?:@.*)?$/, '')
    .replace(besideForm, '');

const utcForm = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

const utcDay = (time: string): string => (utcForm.test(time) ? time : new Date(time).toISOString()).slice(0, 10);

const pathOf = ({ provider, time }: ArchiveNameParts): string => `${provider}/${utcDay(time).replaceAll('-', '/')}`;

/**
 * Where a payload is archived: `{provider}/{yyyy}/{MM}/{dd}/{name}.json`. Only a plain id becomes part of the name,
 * because the storage client follows `..` in a blob name into another container.
 */
export const archiveName = (parts: ArchiveNameParts): string => `${pathOf(parts)}/${safeFileName(parts.id)}.json`;

/** Where a payload goes when other bytes hold its place: beside them, under a name that carries its own hash. */
export const conflictName = (parts: ArchiveNameParts, sha256: string): string =>
  `${pathOf(parts)}/${safeFileName(parts.id)}-${sha256}.json`;

import type { EnvelopeAttributes } from '../envelope/event-envelope.js';
import type { SessionKeys } from '../providers/provider.js';

/** One delivery as it goes to the archive: the bytes as received, and what is needed to make its envelope again. */
export interface PayloadToArchive {
  readonly attributes: EnvelopeAttributes;
  readonly body: Buffer;
  /** The request's own content type, with its parameters. */
  readonly contentType: string;
  /** Lower-case hex SHA-256 of `body`. */
  readonly sha256: string;
  readonly repository?: string;
  /** `repeated-body`: verified, yet given to no bot, for the body came before under another id or event name. */
  readonly signatureStatus: 'verified' | 'repeated-body';
  /** The Key Vault version of the secret that verified the delivery. */
  readonly secretVersion: string;
  /** The body is JSON text that can stand inside the envelope as it is; otherwise it travels as base64. */
  readonly verbatimJson: boolean;
  /** What bots that are not ordered by entity are ordered by; the entity's key is the envelope's `partitionkey`. */
  readonly sessionKeys: Pick<SessionKeys, 'repository' | 'source'>;
  /** Which process saw the delivery through; absent where something else makes sure that it comes to its end. */
  readonly process?: string;
}

/** Where a payload lies. `duplicate`: the archive already held these very bytes under this id. */
export interface ArchivedPayload {
  readonly name: string;
  readonly url: string;
  readonly duplicate: boolean;
  /** The id was taken by other bytes, so this payload lies under a name that carries its hash. */
  readonly conflict: boolean;
}

export interface StoredPayload {
  readonly body: Buffer;
  readonly contentType: string;
  /** Decoded metadata, names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A payload as a listing shows it. */
export interface ArchiveEntry {
  readonly name: string;
  readonly url: string;
  readonly size: number;
  readonly contentType: string;
  /** Decoded metadata, names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ArchivePage {
  readonly entries: readonly ArchiveEntry[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/**
 * The archive port. `put` creates and never overwrites; repeating it is harmless. `read` answers `undefined` for a name
 * that is not there. `list` answers names in order. All throw `ArchiveError` and nothing else.
 */
export interface PayloadArchive {
  put(payload: PayloadToArchive, signal: AbortSignal): Promise<ArchivedPayload>;
  read(name: string, signal: AbortSignal): Promise<StoredPayload | undefined>;
  list(prefix: string, from: string | undefined, signal: AbortSignal): Promise<ArchivePage>;
}

/**
 * Whether a stored blob came from this very request: an SDK that lost the first answer tries again and meets its own
 * blob. That is no duplicate; a redelivery of the same bytes is, and arrives at another time.
 */
export const isSamePut = (stored: Readonly<Record<string, string>>, { attributes }: PayloadToArchive): boolean =>
  stored['correlationid'] === attributes.correlationid && stored['time'] === attributes.time;

import type { EnvelopeAttributes } from '../envelope/event-envelope.js';

/** One delivery as it goes to the archive: the bytes as received, and what is needed to make its envelope again. */
export interface PayloadToArchive {
  readonly attributes: EnvelopeAttributes;
  readonly body: Buffer;
  /** The request's own content type, with its parameters. */
  readonly contentType: string;
  /** Lower-case hex SHA-256 of `body`. */
  readonly sha256: string;
  readonly repository?: string;
  readonly signatureStatus: 'verified';
  /** The Key Vault version of the secret that verified the delivery. */
  readonly secretVersion: string;
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

/**
 * The archive port. `put` creates and never overwrites; repeating it is harmless. `read` answers `undefined` for a name
 * that is not there. Both throw `ArchiveError` and nothing else.
 */
export interface PayloadArchive {
  put(payload: PayloadToArchive, signal: AbortSignal): Promise<ArchivedPayload>;
  read(name: string, signal: AbortSignal): Promise<StoredPayload | undefined>;
}

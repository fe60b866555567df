import { CodedError } from '../faults/coded-error.js';

/** What went wrong with the vault, in our words; the SDK's error is the `cause` and never leaves the process. */
export type SecretErrorCode = 'unavailable' | 'throttled' | 'unauthorized' | 'refused' | 'aborted' | 'unexpected';

/** The vault's domain error: branch on `code`. */
export class SecretError extends CodedError<SecretErrorCode> {
  override readonly name = 'SecretError';
}

/** One enabled version of a secret. `value` is never logged; `version` may be. */
export interface SecretVersion {
  readonly version: string;
  readonly value: string;
}

/**
 * The secret port: the newest enabled versions of one secret, newest first, three at most. A secret that does not exist
 * or has no enabled version is an empty list. Throws `SecretError` and nothing else.
 */
export interface SecretStore {
  liveVersions(name: string, signal: AbortSignal): Promise<readonly SecretVersion[]>;
}

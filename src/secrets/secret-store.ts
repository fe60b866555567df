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

import type { SecretClient, SecretProperties } from '@azure/keyvault-secrets';
import type { Clock } from '../time/clock.js';
import { classifySecretError } from './classify-secret-error.js';
import { SecretError, type SecretStore, type SecretVersion } from './secret-store.js';

const liveVersionLimit = 3;

type WallClock = Pick<Clock, 'epochMs'>;
type OpenClient = () => Promise<SecretClient>;

const isLive = ({ enabled, notBefore, expiresOn }: SecretProperties, nowMs: number): boolean =>
  enabled !== false &&
  (notBefore === undefined || notBefore.getTime() <= nowMs) &&
  (expiresOn === undefined || expiresOn.getTime() > nowMs);

const createdMs = ({ createdOn }: SecretProperties): number => createdOn?.getTime() ?? 0;

/** The vault lists versions in the order of their random ids, in pages; the SDK hands `signal` to the first page only. */
const newestLive = async (
  client: SecretClient,
  { name, nowMs, signal }: { readonly name: string; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<readonly string[]> => {
  const live: SecretProperties[] = [];
  for await (const properties of client.listPropertiesOfSecretVersions(name, { abortSignal: signal })) {
    signal.throwIfAborted();
    if (isLive(properties, nowMs)) live.push(properties);
  }
  return live
    .sort((one, other) => createdMs(other) - createdMs(one))
    .slice(0, liveVersionLimit)
    .flatMap(({ version }) => version ?? []);
};

/** Deleted or disabled since it was listed: no version at all, and no fault. */
const isGone = (thrown: unknown): boolean => classifySecretError(thrown).error.code === 'refused';

const readVersion = async (
  client: SecretClient,
  { name, version, signal }: { readonly name: string; readonly version: string; readonly signal: AbortSignal },
): Promise<readonly SecretVersion[]> => {
  try {
    const { value = '' } = await client.getSecret(name, { version, abortSignal: signal });
    return [{ version, value }];
  } catch (thrown) {
    if (isGone(thrown)) return [];
    throw thrown;
  }
};

/** Waits for all of them even when one fails, so that nothing runs on after the answer. */
const allOf = async <T>(promises: readonly Promise<T>[]): Promise<readonly T[]> => {
  await Promise.allSettled(promises);
  return Promise.all(promises);
};

const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 404;

/**
 * Secrets in Azure Key Vault. One call lists the versions, at most three more read the newest live ones: enabled, begun
 * and not expired. `openClient` gives the one client of the process. Needs the role Key Vault Secrets User.
 */
export const createKeyVaultSecretStore = (openClient: OpenClient, clock: WallClock): SecretStore => ({
  async liveVersions(name, signal) {
    try {
      const client = await openClient();
      const versions = await newestLive(client, { name, nowMs: clock.epochMs(), signal });
      const values = await allOf(versions.map((version) => readVersion(client, { name, version, signal })));
      return values.flat();
    } catch (thrown) {
      if (signal.aborted) throw new SecretError('aborted', `Key Vault: reading ${name} was aborted`, { cause: thrown });
      if (isMissing(thrown)) return [];
      throw classifySecretError(thrown).error;
    }
  },
});

import * as z from 'zod';
import { listPage } from './list-page.js';
import { badParameter, challenge, secretItem, secretNotFound, type VaultAnswer, vaultError } from './vault-answer.js';
import type { VaultSecrets, VersionProperties } from './vault-secrets.js';
import type { StoredVersion } from './vault-state.js';

/** A request to the vault; `url` is absolute, on the host that the caller used, for ids and links lead back there. */
export interface VaultRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  /** The JSON of the body, `undefined` when there is none. */
  readonly body: unknown;
}

const secretName = /^[0-9a-zA-Z-]{1,127}$/;
const largestValueBytes = 25_600;

const propertiesSchema = z.object({
  contentType: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  attributes: z
    .object({ enabled: z.boolean().optional(), nbf: z.int().optional(), exp: z.int().optional() })
    .optional(),
});

const newSecretSchema = propertiesSchema.extend({
  value: z.string().refine((value) => Buffer.byteLength(value) <= largestValueBytes),
});

const propertiesOf = ({ attributes, contentType, tags }: z.infer<typeof propertiesSchema>): VersionProperties => ({
  ...attributes,
  contentType,
  tags,
});

interface SecretRequest extends VaultRequest {
  readonly secrets: VaultSecrets;
  readonly name: string;
  readonly version: string | undefined;
}

const idOf = ({ url, name }: { readonly url: URL; readonly name: string }, stored?: StoredVersion): string =>
  `${url.origin}/secrets/${name}${stored === undefined ? '' : `/${stored.version}`}`;

const get = (request: SecretRequest): VaultAnswer => {
  const { secrets, name, version } = request;
  const found = secrets.find(name, version);
  if (found === undefined) return secretNotFound(version === undefined ? name : `${name}/${version}`);
  if (!found.enabled) {
    return vaultError(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
  }
  return { status: 200, body: { value: found.value, ...secretItem(idOf(request, found), found) } };
};

const set = async (request: SecretRequest): Promise<VaultAnswer> => {
  const wanted = newSecretSchema.safeParse(request.body);
  if (!wanted.success) return badParameter('The body is not that of a secret to set.');
  const stored = await request.secrets.set(request.name, wanted.data.value, propertiesOf(wanted.data));
  return { status: 200, body: { value: stored.value, ...secretItem(idOf(request, stored), stored) } };
};

const update = async (request: SecretRequest): Promise<VaultAnswer> => {
  const { secrets, name, version, body } = request;
  const wanted = propertiesSchema.safeParse(body);
  if (!wanted.success) return badParameter('The body is not that of properties to update.');
  const target = secrets.find(name, version);
  const updated = target && (await secrets.update(name, target.version, propertiesOf(wanted.data)));
  if (updated === undefined) return secretNotFound(version === undefined ? name : `${name}/${version}`);
  return { status: 200, body: secretItem(idOf(request, updated), updated) };
};

/** Without soft delete: no recovery id, so the SDK does not wait for anything more. */
const remove = async (request: SecretRequest): Promise<VaultAnswer> => {
  const removed = await request.secrets.remove(request.name);
  if (removed === undefined) return secretNotFound(request.name);
  return { status: 200, body: secretItem(idOf(request, removed), removed) };
};

const listSecrets = ({ secrets, url }: VaultRequest & { readonly secrets: VaultSecrets }): VaultAnswer =>
  listPage(
    url,
    secrets.names.flatMap((name) => {
      const latest = secrets.find(name);
      return latest === undefined ? [] : [secretItem(idOf({ url, name }), latest)];
    }),
  );

/** A secret that is not there has no versions; that is no error. */
const listVersions = (request: SecretRequest): VaultAnswer =>
  listPage(
    request.url,
    request.secrets.versions(request.name).map((stored) => secretItem(idOf(request, stored), stored)),
  );

const notSupported = vaultError(501, 'NotImplemented', 'The local vault has secrets: get, list, set, update, delete.');

const answerForSecret = (request: SecretRequest): VaultAnswer | Promise<VaultAnswer> => {
  switch (`${request.method} ${request.version === undefined ? 'secret' : 'version'}`) {
    case 'GET secret':
    case 'GET version':
      return get(request);
    case 'PATCH secret':
    case 'PATCH version':
      return update(request);
    case 'PUT secret':
      return set(request);
    case 'DELETE secret':
      return remove(request);
    default:
      return notSupported;
  }
};

/** The secrets part of Key Vault's REST interface, as far as `@azure/keyvault-secrets` needs it to keep a secret. */
export const answerVaultRequest = async (secrets: VaultSecrets, request: VaultRequest): Promise<VaultAnswer> => {
  const { method, url, authorization = '' } = request;
  if (!/^Bearer \S+$/.test(authorization)) return challenge;
  if (!url.searchParams.has('api-version')) return badParameter('The api-version query parameter is missing.');
  const [collection, name, version, ...rest] = url.pathname.split('/').filter((segment) => segment !== '');
  if (collection !== 'secrets' || rest.length > 0) return notSupported;
  if (name === undefined) return method === 'GET' ? listSecrets({ ...request, secrets }) : notSupported;
  if (!secretName.test(name)) return badParameter(`The request URI contains an invalid name: ${name}`);
  const forSecret = { ...request, secrets, name, version };
  return method === 'GET' && version === 'versions' ? listVersions(forSecret) : answerForSecret(forSecret);
};

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { answerVaultRequest } from './answer-vault-request.js';
import { badParameter, type VaultAnswer, vaultError } from './vault-answer.js';
import { loadVaultCertificate } from './vault-certificate.js';
import { VaultSecrets, type VersionProperties } from './vault-secrets.js';
import { readVaultState, writeVaultState } from './vault-state.js';

export interface KeyVaultOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where the secrets and the certificate survive a restart. */
  readonly stateDirectory: string;
  /** Set at the start unless the vault has a secret of that name already. */
  readonly initialSecrets?: Readonly<Record<string, string>>;
  readonly epochMs?: () => number;
}

/** A running local vault. */
export interface KeyVault {
  readonly port: number;
  readonly vaultUri: string;
  /** PEM of the authority that signed its certificate, for `NODE_EXTRA_CA_CERTS` or a client's TLS options. */
  readonly caFile: string;
  /** Adds a version and answers its id. */
  setSecret(name: string, value: string, properties?: VersionProperties): Promise<string>;
  /** Switches one version off, the latest unless told which. Throws `RangeError` when there is none. */
  disableSecret(name: string, version?: string): Promise<void>;
  removeSecret(name: string): Promise<void>;
  /** Answers every request with this error status until told `undefined`. */
  setErrorStatus(status: number | undefined): void;
  close(): Promise<void>;
}

const readJson = async (request: IncomingMessage): Promise<{ readonly json: unknown } | undefined> => {
  const body = await text(request);
  try {
    return { json: body === '' ? undefined : JSON.parse(body) };
  } catch {
    return undefined;
  }
};

const answerIncoming = async (secrets: VaultSecrets, request: IncomingMessage): Promise<VaultAnswer> => {
  const body = await readJson(request);
  if (body === undefined) return badParameter('The body is not JSON.');
  return answerVaultRequest(secrets, {
    method: request.method ?? '',
    url: new URL(request.url ?? '/', `https://${request.headers.host}`),
    authorization: request.headers.authorization,
    body: body.json,
  });
};

const send = (response: ServerResponse, { status, body, headers }: VaultAnswer): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
};

const openSecrets = async ({ stateDirectory, initialSecrets = {}, epochMs = Date.now }: KeyVaultOptions) => {
  const file = join(stateDirectory, 'secrets.json');
  const secrets = new VaultSecrets(await readVaultState(file), {
    epochMs,
    newVersion: () => randomBytes(16).toString('hex'),
    save: (state) => writeVaultState(file, state),
  });
  for (const [name, value] of Object.entries(initialSecrets)) {
    if (secrets.find(name) === undefined) await secrets.set(name, value);
  }
  return secrets;
};

/**
 * Starts a stand-in for Key Vault on 127.0.0.1, over TLS, that the unmodified `@azure/keyvault-secrets` works against.
 * Any bearer token opens it. Rejects with Node's own error, `EADDRINUSE`, when the port is taken.
 */
export const startKeyVault = async (options: KeyVaultOptions): Promise<KeyVault> => {
  const { caFile, cert, key } = await loadVaultCertificate(options.stateDirectory, (options.epochMs ?? Date.now)());
  const secrets = await openSecrets(options);
  let errorStatus: number | undefined;

  const answer = (request: IncomingMessage): VaultAnswer | Promise<VaultAnswer> =>
    errorStatus === undefined
      ? answerIncoming(secrets, request)
      : vaultError(errorStatus, 'SwitchedOn', 'The local vault was told to answer with an error.');

  const server = createServer({ cert, key, minVersion: 'TLSv1.2' }, async (request, response) => {
    try {
      send(response, await answer(request));
    } catch (thrown) {
      send(response, vaultError(500, 'InternalError', String(thrown)));
    }
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;

  return {
    port,
    vaultUri: `https://127.0.0.1:${port}`,
    caFile,
    setSecret: async (name, value, properties) => (await secrets.set(name, value, properties)).version,
    disableSecret: async (name, version = secrets.find(name)?.version) => {
      const disabled = version !== undefined && (await secrets.update(name, version, { enabled: false }));
      if (!disabled) throw new RangeError(`The vault has no secret ${name}, or not that version of it`);
    },
    removeSecret: async (name) => void (await secrets.remove(name)),
    setErrorStatus: (status) => {
      errorStatus = status;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

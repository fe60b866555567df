import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  agentPolicy,
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  logPolicy,
  type Pipeline,
  type PipelineResponse,
  proxyPolicy,
  RestError,
  setClientRequestIdPolicy,
  userAgentPolicy,
} from '@azure/core-rest-pipeline';
import { type ContainerClient, ContainerSASPermissions, StorageSharedKeyCredential } from '@azure/storage-blob';
import { stopOnAbort } from '../time/clock.js';
import { ArchiveError } from './archive-error.js';
import { archiveAborted, storageErrorCode, toArchiveError } from './classify-archive-error.js';
import { type StorageRetries, storageRetryPolicy } from './storage-retry-policy.js';

/** A blob to create where none exists yet. */
export interface NewBlob {
  readonly name: string;
  readonly body: Buffer;
  readonly contentType: string;
  /** Names and values as HTTP headers take them. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Creates a blob, and never replaces one. Returns its URL, without a query. Throws what the SDK throws. */
export type MakeBlob = (container: ContainerClient, blob: NewBlob, signal: AbortSignal) => Promise<string>;

/** A URL with a query may carry a SAS token; URLs that are logged or sent have no query. */
export const withoutQuery = (url: string): string => url.split('?', 1)[0] ?? url;

/** The container's client, or how to get it: it is made at the first use. */
export type ContainerSource = ContainerClient | (() => ContainerClient | Promise<ContainerClient>);

/** Runs `work` on the container, and ends at once with the abort. Throws `ArchiveError` and nothing else. */
export const inContainer = async <T>(
  source: ContainerSource,
  signal: AbortSignal,
  work: (container: ContainerClient) => Promise<T>,
): Promise<T> => {
  try {
    return await stopOnAbort(signal, archiveAborted, async () =>
      work(typeof source === 'function' ? await source() : source),
    );
  } catch (thrown) {
    throw toArchiveError(thrown);
  }
};

/** Identities that may only write blobs cannot make the container: then it is simply missing. */
const createContainer = async (container: ContainerClient, abortSignal: AbortSignal): Promise<void> => {
  try {
    await container.createIfNotExists({ abortSignal });
  } catch (thrown) {
    const error = toArchiveError(thrown);
    if (error.code !== 'unauthorized') throw error;
    throw new ArchiveError('container-missing', 'The container does not exist, nor may we make it', { cause: thrown });
  }
};

/** Runs `write`; when the container is missing, makes it and runs `write` once more. */
export const creatingContainer = async <T>(
  container: ContainerClient,
  signal: AbortSignal,
  write: () => Promise<T>,
): Promise<T> => {
  try {
    return await write();
  } catch (thrown) {
    if (storageErrorCode(thrown) !== 'ContainerNotFound') throw thrown;
    await createContainer(container, signal);
    return await write();
  }
};

/** No newer than this request needs, so that an older Azurite takes it, too. */
const apiVersion = '2023-11-03';
const storageScope = 'https://storage.azure.com/.default';

/** Signed once for many blobs, with no more rights than making one takes. */
const sasLifetimeMs = 3_600_000;
const createAndWrite = 'cw';

export interface MakeBlobParts {
  readonly retries: StorageRetries;
  readonly clock: { epochMs(): number };
}

/** How to reach one container: an identity signs in the pipeline, everything else in the query of the URL. */
interface Entrance {
  readonly pipeline: Pipeline;
  readonly query: () => string | Promise<string>;
}

/** More at once wait for one of these: a thousand webhooks that come together would else open a thousand connections, which takes longer. */
const connections = { keepAlive: true, maxSockets: 128 } as const;

const agentFor = (url: string): HttpAgent =>
  url.startsWith('https:') ? new HttpsAgent(connections) : new HttpAgent(connections);

/** Of the policies that a client of the SDK has, those that this request has a use for. */
const pipelineFor = ({ credential, url }: ContainerClient, retries: StorageRetries): Pipeline => {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(userAgentPolicy());
  pipeline.addPolicy(setClientRequestIdPolicy('x-ms-client-request-id'));
  pipeline.addPolicy(proxyPolicy());
  // After the proxy, which has an agent of its own and takes no other's place.
  pipeline.addPolicy(agentPolicy(agentFor(url)));
  pipeline.addPolicy(storageRetryPolicy(retries), { phase: 'Retry' });
  if ('getToken' in credential) {
    pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: storageScope }), { phase: 'Sign' });
  }
  pipeline.addPolicy(logPolicy(), { afterPhase: 'Sign' });
  return pipeline;
};

const queryOf = (url: string): string => url.slice(withoutQuery(url).length);

/** A new query long before the old one ends, so that no request is late with it. */
const createSasQuery = (container: ContainerClient, clock: MakeBlobParts['clock']): Entrance['query'] => {
  let query = '';
  let renewAtMs = Number.NEGATIVE_INFINITY;
  const renew = async (nowMs: number): Promise<string> => {
    const expiresOn = new Date(nowMs + sasLifetimeMs);
    const permissions = ContainerSASPermissions.parse(createAndWrite);
    query = queryOf(await container.generateSasUrl({ permissions, expiresOn }));
    renewAtMs = nowMs + sasLifetimeMs / 2;
    return query;
  };
  return () => {
    const nowMs = clock.epochMs();
    return nowMs < renewAtMs ? query : renew(nowMs);
  };
};

const createEntrance = (container: ContainerClient, { retries, clock }: MakeBlobParts): Entrance => ({
  pipeline: pipelineFor(container, retries),
  query:
    container.credential instanceof StorageSharedKeyCredential
      ? createSasQuery(container, clock)
      : () => queryOf(container.url),
});

const headersOf = ({ body, contentType, metadata }: NewBlob): Record<string, string | number> => {
  const headers: Record<string, string | number> = {
    'x-ms-version': apiVersion,
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-blob-content-type': contentType,
    'if-none-match': '*',
    'content-type': 'application/octet-stream',
    'content-length': body.length,
  };
  for (const name of Object.keys(metadata)) headers[`x-ms-meta-${name}`] = metadata[name] ?? '';
  return headers;
};

const refusal = ({ status, headers, request }: PipelineResponse): RestError => {
  const code = headers.get('x-ms-error-code');
  return new RestError(`Put Blob answered ${status}`, {
    statusCode: status,
    request,
    ...(code !== undefined && { code }),
  });
};

const created = 201;

/**
 * Put Blob (https://learn.microsoft.com/rest/api/storageservices/put-blob) on the pipeline that all Azure SDKs share. The client
 * of `@azure/storage-blob` takes more than twice the CPU for the same request (`npm run bench -- upload`), most of it to describe
 * and sign some twenty headers of metadata.
 */
export const createMakeBlob = (parts: MakeBlobParts): MakeBlob => {
  const httpClient = createDefaultHttpClient();
  const entrances = new WeakMap<ContainerClient, Entrance>();

  const entranceOf = (container: ContainerClient): Entrance => {
    const known = entrances.get(container);
    if (known !== undefined) return known;
    const entrance = createEntrance(container, parts);
    entrances.set(container, entrance);
    return entrance;
  };

  return async (container, blob, abortSignal) => {
    const { pipeline, query } = entranceOf(container);
    const url = `${withoutQuery(container.url)}/${blob.name.split('/').map(encodeURIComponent).join('/')}`;
    const request = createPipelineRequest({
      url: `${url}${await query()}`,
      method: 'PUT',
      headers: createHttpHeaders(headersOf(blob)),
      body: blob.body,
      abortSignal,
      allowInsecureConnection: true,
    });
    const response = await pipeline.sendRequest(httpClient, request);
    if (response.status !== created) throw refusal(response);
    return url;
  };
};

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
import { type MakeBlob, type NewBlob, withoutQuery } from './blob-container.js';
import { type StorageRetries, storageRetryPolicy } from './storage-retry-policy.js';

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

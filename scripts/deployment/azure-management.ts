import * as z from 'zod';
import type { DeploymentTarget } from './deployment-target.js';

export interface ManagementPorts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly getToken: () => Promise<string>;
  readonly timeoutMs: number;
}

/** What a verification asks of Azure Resource Manager. */
export interface AzureManagement {
  /** The default function key. Rejects while the host of a new app has none yet. */
  functionKey(): Promise<string>;
  /** How many messages a queue holds in all namespaces, those that wait and those that were given up. */
  queueCount(queue: string): Promise<number>;
  /** Has the platform resolve its references to secrets now, instead of within a day. */
  refreshReferences(): Promise<void>;
}

const keysSchema = z.object({ functionKeys: z.record(z.string(), z.string()) });
const queueSchema = z.object({ properties: z.object({ messageCount: z.number() }) });

export const createAzureManagement = (
  { fetch, getToken, timeoutMs }: ManagementPorts,
  { subscriptionId, resourceGroup, functionAppName, namespaces }: DeploymentTarget,
): AzureManagement => {
  const group = `https://management.azure.com/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers`;
  const site = `${group}/Microsoft.Web/sites/${functionAppName}`;
  const send = async (method: 'GET' | 'POST', url: string): Promise<Response> => {
    const headers = { authorization: `Bearer ${await getToken()}` };
    return fetch(url, { method, headers, signal: AbortSignal.timeout(timeoutMs) });
  };
  const ask = async (method: 'GET' | 'POST', url: string, what: string): Promise<unknown> => {
    const reply = await send(method, url);
    if (!reply.ok) throw new Error(`${what}: ${reply.status}`);
    return reply.json().catch(() => undefined);
  };
  /** A namespace that is only for other bots has no such queue. */
  const countIn = async (namespace: string, queue: string): Promise<number> => {
    const path = `${namespace}/queues/${encodeURIComponent(queue.replaceAll('/', '~'))}`;
    const reply = await send('GET', `${group}/Microsoft.ServiceBus/namespaces/${path}?api-version=2024-01-01`);
    if (reply.status === 404 && namespaces.length > 1) return 0;
    if (!reply.ok) throw new Error(`The queue ${queue} could not be read: ${reply.status}`);
    return queueSchema.parse(await reply.json()).properties.messageCount;
  };
  return {
    functionKey: async () => {
      const url = `${site}/host/default/listkeys?api-version=2025-03-01`;
      const { functionKeys } = keysSchema.parse(await ask('POST', url, 'The function keys could not be read'));
      const key = functionKeys['default'];
      if (key === undefined) throw new Error('The app has no default function key yet');
      return key;
    },
    queueCount: async (queue) => {
      const counts = await Promise.all(namespaces.map((namespace) => countIn(namespace, queue)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    refreshReferences: async () => {
      const url = `${site}/config/configreferences/appsettings/refresh?api-version=2022-03-01`;
      await ask('POST', url, 'The references to secrets could not be refreshed');
    },
  };
};

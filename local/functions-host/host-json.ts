import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { FunctionsHostError } from './functions-host-error.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const httpDefaults = { routePrefix: 'api', maxConcurrentRequests: -1 };

const httpSchema = z.object({
  routePrefix: z.string().default(httpDefaults.routePrefix),
  // A setting that is laid over it is a text.
  maxConcurrentRequests: z.coerce.number().int().min(-1).default(httpDefaults.maxConcurrentRequests),
});

const hostJsonSchema = z.object({
  version: z.literal('2.0'),
  id: z.string().optional(),
  logging: z.object({ logLevel: z.record(z.string(), z.string()).default({}) }).default({ logLevel: {} }),
  extensions: z.object({ http: httpSchema.default(httpDefaults) }).default({ http: httpDefaults }),
});

/** What this host heeds of an app's `host.json`. */
export type HostJson = z.infer<typeof hostJsonSchema>;

const overridePrefix = 'azurefunctionsjobhost__';

/**
 * Reads the app's `host.json`, with settings such as `AzureFunctionsJobHost__logging__logLevel__default` laid over it.
 * Throws `FunctionsHostError`.
 */
export const readHostJson = async (appDirectory: string, environment: Environment): Promise<HostJson> => {
  const path = join(appDirectory, 'host.json');
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined || !name.toLowerCase().startsWith(overridePrefix)) continue;
      override(content, name.slice(overridePrefix.length).split('__'), value);
    }
    return hostJsonSchema.parse(content);
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new FunctionsHostError('host-json-invalid', `${path}: ${reason}`, { cause: error });
  }
};

const override = (target: unknown, [first = '', ...rest]: readonly string[], value: string): void => {
  if (typeof target !== 'object' || target === null) return;
  const key = Object.keys(target).find((known) => known.toLowerCase() === first.toLowerCase()) ?? first;
  if (rest.length === 0) {
    Reflect.set(target, key, value);
    return;
  }
  if (!Object.hasOwn(target, key)) Reflect.set(target, key, {});
  override(Reflect.get(target, key), rest, value);
};

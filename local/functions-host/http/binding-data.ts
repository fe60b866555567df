import * as z from 'zod';
import type { RpcTypedData } from '../core/rpc-messages.js';
import type { RouteValues } from '../routes/match-route.js';

export interface BindingSource {
  readonly body: Uint8Array;
  readonly query: Readonly<Record<string, string>>;
  readonly values: RouteValues;
}

const objectSchema = z.record(z.string(), z.unknown());

const membersOf = (body: Uint8Array): Readonly<Record<string, unknown>> => {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  if (!text.trimStart().startsWith('{')) return {};
  try {
    return objectSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
};

const toTypedData = (value: unknown): RpcTypedData | undefined => {
  if (value === null || value === undefined || Array.isArray(value)) return undefined;
  return typeof value === 'object' ? { json: JSON.stringify(value) } : { string: String(value) };
};

/**
 * What the host merges for the worker: members of a JSON body, parameters of the query, then of the route, without regard to case. The
 * first spelling stays, the last value counts: so a body's `Provider` renames the route's `provider`.
 */
export const bindingData = ({ body, query, values }: BindingSource): Record<string, RpcTypedData> => {
  const data: Record<string, RpcTypedData> = Object.create(null);
  const spellings = new Map<string, string>();
  const put = (name: string, value: RpcTypedData | undefined): void => {
    if (value === undefined) return;
    const spelling = spellings.get(name.toLowerCase()) ?? name;
    spellings.set(name.toLowerCase(), spelling);
    data[spelling] = value;
  };
  for (const [name, value] of Object.entries(membersOf(body))) put(name, toTypedData(value));
  for (const [name, value] of Object.entries(query)) if (name.toLowerCase() !== 'code') put(name, { string: value });
  for (const name in values) put(name, { string: values[name] ?? '' });
  return data;
};

import type { z } from 'zod';
import { HttpFault, type HttpHealth, type HttpResult, readJson } from '../../src/guarded-http/index.js';

/** What each of these services can be asked about itself. */
export interface Service {
  readonly name: string;
  health(): HttpHealth;
}

/** Reads an answer's JSON by a schema. What does not fit is a fault of the service: it answered something else than it promises. */
export const parsedBy = <T>(
  schema: z.ZodType<T>,
  result: HttpResult,
  facts: { readonly client: string; readonly endpoint: string },
): HttpResult<T> => {
  if (!result.ok) return result;
  try {
    return { ok: true, value: schema.parse(readJson(result.value)) };
  } catch (cause) {
    return { ok: false, error: new HttpFault('refused', { ...facts, status: result.value.status, cause }) };
  }
};

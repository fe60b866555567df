import * as z from 'zod';
import type { RpcBinding, RpcFunctionMetadata } from './core/rpc-messages.js';

export type AuthLevel = 'anonymous' | 'function' | 'admin';

/** The trigger of one registered function. */
export interface TriggerBinding {
  readonly name: string;
  /** As the app registered it, e.g. `httpTrigger`. */
  readonly type: string;
  readonly binding: RpcBinding;
}

/** What an HTTP trigger declares: `methods` in upper case, `route` without slashes at its ends. */
export interface HttpTrigger {
  readonly route: string;
  readonly methods: readonly string[];
  readonly authLevel: AuthLevel;
}

const httpBindingSchema = z.object({
  route: z.string().optional(),
  methods: z.array(z.string().toUpperCase()).optional(),
  authLevel: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['anonymous', 'function', 'admin']))
    .default('function'),
});

const everyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;

/** The one binding of a function that starts it, if it has one. */
export const triggerOf = ({ bindings }: RpcFunctionMetadata): TriggerBinding | undefined => {
  const found = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type ?? ''));
  if (found === undefined) return undefined;
  const [name, binding] = found;
  return { name, type: binding.type ?? '', binding };
};

export const isHttpTrigger = ({ type }: TriggerBinding): boolean => type.toLowerCase() === 'httptrigger';

export const isTimerTrigger = ({ type }: TriggerBinding): boolean => type.toLowerCase() === 'timertrigger';

/** Reads an HTTP trigger's binding; without a route, the function's name is its route. Throws `z.ZodError`. */
export const readHttpTrigger = (functionName: string, { binding }: TriggerBinding): HttpTrigger => {
  const { route, methods, authLevel } = httpBindingSchema.parse(binding);
  const trimmed = route?.replace(/^\/+|\/+$/g, '') ?? '';
  return { route: trimmed === '' ? functionName : trimmed, methods: methods ?? everyMethod, authLevel };
};

import type { AppFunction } from './app-functions.js';
import type { AuthLevel } from './http-trigger.js';

/** One function of a running host, for people and for scripts. */
export interface FunctionDescription {
  readonly name: string;
  /** The trigger's type as registered, e.g. `httpTrigger`. */
  readonly trigger: string;
  readonly route?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: AuthLevel;
  readonly url?: string;
}

export const describeFunctions = (
  functions: readonly AppFunction[],
  baseUrl: string,
  routePrefix: string,
): readonly FunctionDescription[] =>
  functions.map((one): FunctionDescription => {
    if (one.kind !== 'http') return { name: one.name, trigger: one.binding.type };
    const path = [routePrefix.replace(/^\/+|\/+$/g, ''), one.trigger.route].filter((part) => part !== '').join('/');
    return { name: one.name, trigger: one.binding.type, ...one.trigger, url: `${baseUrl}/${path}` };
  });

/** The list that Core Tools prints at start: HTTP functions with their URLs first, then the others. */
export const listFunctions = (functions: readonly FunctionDescription[]): string => {
  const line = ({ name, trigger, methods, url }: FunctionDescription): string =>
    url === undefined ? `        ${name}: ${trigger}` : `        ${name}: [${methods?.join(',')}] ${url}`;
  const http = functions.filter(({ url }) => url !== undefined);
  const others = functions.filter(({ url }) => url === undefined);
  return ['Functions:', ...[...http, ...others].map(line)].join('\n\n');
};

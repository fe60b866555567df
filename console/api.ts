import { learnTime } from './server-time.js';

/** What an endpoint answered, or why it did not. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly body: T }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly status: number; readonly what: string; readonly needs?: 'key' | 'token' };

/** Both live in this object alone: they go when the page goes. */
export interface Keys {
  functionKey: string;
  adminToken: string;
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
}

/** Also for an answer without the expected members. */
export const otherAnswer =
  'Something else answers there: a sign-in page, a proxy, or another version. Open the address in a new tab to see it.';

const timeoutMs = 130_000;
const readTimeoutMs = 10_000;

const readProblem = (text: string): Problem => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};

const failed = (status: number, text: string): Answer<never> => {
  const { code, detail, errors = [] } = readProblem(text);
  if (status === 401 && code === undefined)
    return { kind: 'failed', status, what: 'The function key is missing or wrong.', needs: 'key' };
  if (status === 401) return { kind: 'failed', status, what: 'The admin token is missing or wrong.', needs: 'token' };
  const fields = errors.map((each) => `${each.field}: ${each.detail}`).join('; ');
  const what = [code ?? `It answered ${status}.`, detail, fields]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  return { kind: 'failed', status, what };
};

/** A sign-in page, or the page of a proxy in between: it has none of the members that every answer has. */
const readBody = <T>(text: string): T | undefined => {
  try {
    const body = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
};

/** A path without what it asks for. */
export const endpointOf = (path: string): string => path.split('?')[0] ?? path;

/** The endpoints beside this page. What was answered before is not sent again while it has not changed. */
export class Api {
  readonly keys: Keys;
  /** Of what is shown of each endpoint: with other filters it is shown anew. */
  readonly #shown = new Map<string, { readonly path: string; readonly tag: string }>();

  constructor(keys: Keys) {
    this.keys = keys;
  }

  /** Asks for all of it again, whatever was seen before. */
  forget(): void {
    this.#shown.clear();
  }

  async read<T>(path: string): Promise<Answer<T>> {
    const shown = this.#shown.get(endpointOf(path));
    const tag = shown?.path === path ? shown.tag : undefined;
    return this.#call<T>(path, {
      headers: tag === undefined ? {} : { 'if-none-match': tag },
      timeoutMs: readTimeoutMs,
    });
  }

  /** Asks once, for something that is not watched. */
  ask<T>(path: string): Promise<Answer<T>> {
    return this.#call<T>(path, { timeoutMs: readTimeoutMs, once: true });
  }

  send<T>(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<Answer<T>> {
    return this.#call<T>(path, { method, body: JSON.stringify(body), timeoutMs, once: true });
  }

  async #call<T>(
    path: string,
    { method = 'GET', body, headers = {}, timeoutMs: limitMs, once = false }: CallOptions,
  ): Promise<Answer<T>> {
    const { functionKey, adminToken } = this.keys;
    try {
      const response = await fetch(path, {
        method,
        cache: 'no-store',
        signal: AbortSignal.timeout(limitMs),
        headers: {
          ...headers,
          ...(functionKey !== '' && { 'x-functions-key': functionKey }),
          ...(adminToken !== '' && { authorization: `Bearer ${adminToken}` }),
        },
        ...(body !== undefined && { body }),
      });
      learnTime(response.headers.get('date'));
      if (response.status === 304) return { kind: 'unchanged' };
      const text = await response.text();
      // Deep health answers 503 with its report.
      if (response.status !== 200 && !text.startsWith('{"status":"unhealthy"')) return failed(response.status, text);
      const read = readBody<T>(text);
      if (read === undefined) return { kind: 'failed', status: response.status, what: otherAnswer };
      const tag = response.headers.get('etag');
      if (!once && tag !== null) this.#shown.set(endpointOf(path), { path, tag });
      return { kind: 'ok', body: read };
    } catch (fault) {
      const late = fault instanceof DOMException && fault.name === 'TimeoutError';
      return { kind: 'failed', status: 0, what: late ? 'It does not answer in time.' : 'It cannot be reached.' };
    }
  }
}

interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly once?: boolean;
}

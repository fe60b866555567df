import type { HttpFault, HttpResult } from '../../src/guarded-http/index.js';

/** What came from each source, and what did not. */
export interface Gathered<T> {
  readonly found: readonly { readonly from: string; readonly value: T }[];
  readonly missing: readonly { readonly from: string; readonly error: HttpFault }[];
}

/** Asks every source at once and waits for all: each has its own breaker and deadline, so that none holds up the rest for long. */
export const gather = async <T>(
  sources: Readonly<Record<string, () => Promise<HttpResult<T>>>>,
): Promise<Gathered<T>> => {
  const asked = await Promise.all(Object.entries(sources).map(async ([from, ask]) => ({ from, answer: await ask() })));
  return {
    found: asked.flatMap(({ from, answer }) => (answer.ok ? [{ from, value: answer.value }] : [])),
    missing: asked.flatMap(({ from, answer }) => (answer.ok ? [] : [{ from, error: answer.error }])),
  };
};

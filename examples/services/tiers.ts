import { HttpFault, type HttpResult } from '../../src/guarded-http/index.js';

/** A value, and who gave it. */
export interface Tiered<T> {
  readonly value: T;
  readonly from: string;
  /** Whom it was asked of before, in vain. */
  readonly failed: readonly HttpFault[];
}

export interface Tier<T> {
  readonly name: string;
  ask(): Promise<HttpResult<T>>;
}

/** Asks one after the other until one answers. Answers the first fault when none does: it is that of the tier one would want. */
export const inTiers = async <T>(tiers: readonly Tier<T>[]): Promise<HttpResult<Tiered<T>>> => {
  const failed: HttpFault[] = [];
  for (const { name, ask } of tiers) {
    const answer = await ask();
    if (answer.ok) return { ok: true, value: { value: answer.value, from: name, failed } };
    failed.push(answer.error);
  }
  const facts = { client: 'tiers', endpoint: 'none' };
  return { ok: false, error: failed[0] ?? new HttpFault('not-configured', facts) };
};

/** A tier that answers with the last value that `remember` was given: the place after the last provider. */
export const lastKnown = <T>(): Tier<T> & { remember(value: T): void } => {
  let known: { readonly value: T } | undefined;
  return {
    name: 'last known',
    ask: async () =>
      known === undefined
        ? { ok: false, error: new HttpFault('not-configured', { client: 'last known', endpoint: 'cache' }) }
        : { ok: true, value: known.value },
    remember: (value) => {
      known = { value };
    },
  };
};

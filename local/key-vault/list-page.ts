import { badParameter, type VaultAnswer } from './vault-answer.js';

const largestPage = 25;

/**
 * One page of a list: as many items as were asked for, 25 at most, and where the rest is. Items come in the order of
 * their ids, which says nothing of their age, as in Key Vault.
 */
export const listPage = <T extends { readonly id: string }>(url: URL, items: readonly T[]): VaultAnswer => {
  const size = Number(url.searchParams.get('maxresults') ?? largestPage);
  if (!Number.isInteger(size) || size < 1 || size > largestPage) {
    return badParameter(`maxresults must be a whole number from 1 to ${largestPage}`);
  }
  const after = url.searchParams.get('$skiptoken') ?? '';
  const rest = items.filter(({ id }) => id > after).sort((one, other) => (one.id < other.id ? -1 : 1));
  const value = rest.slice(0, size);
  const next = new URL(url);
  next.searchParams.set('$skiptoken', value.at(-1)?.id ?? '');
  return { status: 200, body: { value, nextLink: rest.length > size ? next.href : null } };
};

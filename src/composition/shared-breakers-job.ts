import { createBlobSharedStateStore } from '../shared-breakers/blob-shared-state-store.js';
import { SharedBreakers } from '../shared-breakers/shared-breakers.js';
import type { Dependencies } from './dependencies.js';
import type { Foundation } from './foundation.js';

/** What tells other instances of this one's breakers. A file apart: read only where it is switched on. */
export const createSharedBreakers = (
  { dependencies: { process, clock, log, newHex }, registry }: Foundation,
  { sharedState, outside }: Pick<Required<Dependencies>, 'sharedState'> & { readonly outside: <T>(work: () => T) => T },
): SharedBreakers => {
  const store = sharedState.kind === 'store' ? sharedState.store : createBlobSharedStateStore(sharedState.container);
  return new SharedBreakers({ store, breakers: registry, process, clock, log, newId: () => newHex(8), outside });
};

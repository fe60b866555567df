import type { ReconcileState, ReconcileStore } from './reconcile-store.js';

/** Keeps the state in this process: for tests. */
export const createMemoryReconcileStore = (): ReconcileStore & { state: ReconcileState } => {
  let holder: string | undefined;
  let leases = 0;
  const store = {
    state: {} as ReconcileState,
    acquire: async () => {
      if (holder !== undefined) return 'taken' as const;
      leases += 1;
      holder = `lease-${leases}`;
      return { leaseId: holder, state: store.state };
    },
    save: async (leaseId: string, state: ReconcileState) => {
      if (leaseId === holder) store.state = structuredClone(state);
    },
    release: async (leaseId: string) => {
      if (leaseId === holder) holder = undefined;
    },
  };
  return store;
};

import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryQuarantineStore } from '../../support/memory/quarantine-store.js';
import { describeQuarantineStore } from './quarantine-store-contract.js';

describeQuarantineStore('memory', async () => {
  const store = createMemoryQuarantineStore({ clock: new ManualClock() });
  return { store, names: async () => [...store.records().keys()] };
});

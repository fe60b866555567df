import { presenceSeconds } from '../../../src/presence/presence-store.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryPresenceStore } from '../../support/memory/presence-store.js';
import { describePresenceStore } from './presence-store-contract.js';

describePresenceStore('memory', async () => {
  const clock = new ManualClock();
  return {
    store: createMemoryPresenceStore(clock),
    endLeases: async () => clock.advance(presenceSeconds * 1_000),
  };
});

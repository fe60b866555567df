import { createMemoryEventQueue } from '../../support/memory/event-queue.js';
import { contractQueues, describeEventQueue } from './event-queue-contract.js';

describeEventQueue('memory', async () => {
  const queue = createMemoryEventQueue({ queues: [contractQueues.plain, contractQueues.ordered] });
  return { queue, messages: async (name) => queue.messages(name), close: async () => {} };
});

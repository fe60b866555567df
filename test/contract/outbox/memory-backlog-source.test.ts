import type { QueueMessage } from '../../../src/routing/event-queue.js';
import { createMemoryBacklogSource } from '../../support/memory/backlog-source.js';
import { describeBacklogSource } from './backlog-source-contract.js';

describeBacklogSource('memory', async () => {
  const messages: QueueMessage[] = [];
  const source = createMemoryBacklogSource(() => messages);
  return {
    source,
    send: async (message) => void messages.push(message),
    counts: async () => ({ waiting: source.waiting().length, deadLettered: source.deadLetters().size }),
    close: async () => {},
  };
});

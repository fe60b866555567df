import type { AzureDependencies } from '../../../src/composition/azure.js';
import { pendingEvent, pendingRecord } from './pending-events.js';

const concurrency = 16;
const never = new AbortController().signal;

/**
 * Makes `count` pending records, as an outage of Service Bus would. All name one payload in the archive, which each delivery
 * reads: Azurite looks through every blob it has for each listing, and need not have twice as many.
 */
export const seed = async (
  { archive, outbox }: Pick<AzureDependencies, 'archive' | 'outbox'>,
  count: number,
): Promise<void> => {
  const archived = await archive.put(pendingEvent(0), never);
  const numbers = Array.from({ length: count }, (_, n) => n).values();
  const lane = async (): Promise<void> => {
    for (const n of numbers) {
      await outbox.create(pendingRecord(pendingEvent(n), archived), never);
      if ((n + 1) % 10_000 === 0) console.log(`  ${n + 1} of ${count} records made`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
};

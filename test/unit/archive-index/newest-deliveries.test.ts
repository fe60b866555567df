import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byNewest, encodeDeliveries, type IndexedDelivery } from '../../../src/archive-index/archive-index.js';
import { IndexReader, type IndexReaderPorts } from '../../../src/archive-index/newest-deliveries.js';
import { partName } from '../../../src/archive-index/part-name.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryIndexStore } from '../../support/memory/index-store.js';

const never = new AbortController().signal;

const delivery = (timeMs: number, n: number): IndexedDelivery => ({
  id: `d-${n}`,
  type: 'github.push',
  event: 'push',
  source: 'https://github.com/octo-org/octo-repo',
  time: new Date(timeMs).toISOString(),
  provider: 'github',
  archived: `github/2026/01/01/d-${String(n).padStart(4, '0')}.json`,
  bytes: 1,
  signature: 'verified',
});

const storage: IndexReaderPorts['storage'] = {
  call: async (work) => ({ ok: true, value: await work(never) }),
};

/** A part holds deliveries of one minute: how long ago that was, who wrote it, and the seconds of its deliveries. */
const part = fc.record({
  minutesAgo: fc.nat(4),
  writer: fc.constantFrom('one', 'other', 'third'),
  seconds: fc.array(fc.nat(59), { minLength: 1, maxLength: 4 }),
});

describe('the newest deliveries of the index', () => {
  it('come newest first and once, however many parts a minute has beside the names of one page', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (parts, pageSize) => {
        const clock = new ManualClock('2026-01-01T12:00:59.999Z');
        const store = createMemoryIndexStore({ pageSize });
        const all: IndexedDelivery[] = [];
        for (const [sequence, { minutesAgo, writer, seconds }] of parts.entries()) {
          const minuteMs = Date.parse('2026-01-01T12:00:00.000Z') - minutesAgo * 60_000;
          const some = seconds.map((second, n) => delivery(minuteMs + second * 1_000, sequence * 10 + n));
          await store.write(partName({ timeMs: minuteMs, writer, sequence }), encodeDeliveries(some), never);
          all.push(...some);
        }
        const reader = new IndexReader({ store, storage, own: { waiting: [], written: [] }, clock });

        const listed: IndexedDelivery[] = [];
        for await (const batch of reader.newest({ beforeMs: clock.epochMs(), sinceMs: 0 })) {
          if (!batch.ok) throw new Error('The index was not read');
          listed.push(...batch.value);
        }

        expect(listed.map(({ id }) => id)).toEqual(all.toSorted(byNewest).map(({ id }) => id));
      }),
    );
  });
});

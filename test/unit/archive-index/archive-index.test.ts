import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ArchiveIndex, decodeDeliveries, type IndexedDelivery } from '../../../src/archive-index/archive-index.js';
import { ManualClock } from '../../support/manual-clock.js';

const delivery = (timeMs: number, id: string): IndexedDelivery => ({
  id,
  type: 'github.push',
  event: 'push',
  source: 'https://github.com/octo-org/octo-repo',
  time: new Date(timeMs).toISOString(),
  provider: 'github',
  archived: `github/1970/01/01/${id}.json`,
  bytes: 1,
  signature: 'verified',
});

/** An index whose parts are kept in memory; `whileWriting` happens before a part is there. */
const createIndex = (whileWriting: (index: ArchiveIndex) => void) => {
  const clock = new ManualClock();
  const parts: string[][] = [];
  const index: ArchiveIndex = new ArchiveIndex({
    clock,
    writer: 'one',
    circuit: { isHealthy: true },
    outside: (work) => work(),
    store: {
      write: async (name, bytes) => {
        if (!name.endsWith('.jsonl')) return;
        whileWriting(index);
        parts.push(decodeDeliveries(bytes).map(({ id }) => id));
      },
    },
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await setImmediate();
  };
  return { clock, index, parts, pass };
};

describe('the index of the archive', () => {
  it('is written once a second, whatever arrives while a part is being written', async () => {
    let arrived = 0;
    const { clock, index, parts, pass } = createIndex((to) => {
      arrived += 1;
      if (arrived < 5) to.note(delivery(clock.epochMs(), `late-${arrived}`));
    });
    index.note(delivery(clock.epochMs(), 'first'));

    await pass(250);
    expect(parts).toEqual([['first']]);
    await pass(999);
    expect(parts).toEqual([['first']]);
    await pass(1);

    expect(parts).toEqual([['first'], ['late-1']]);
  });

  it('holds deliveries of two minutes in two parts, written one after the other', async () => {
    const { clock, index, parts, pass } = createIndex(() => {});
    const now = clock.epochMs();
    for (const [age, id] of [
      [61_000, 'older'],
      [0, 'newer'],
      [119_000, 'oldest'],
    ] as const)
      index.note(delivery(now - age, id));

    await pass(250);

    expect(parts.map((part) => part.toSorted())).toEqual([['older', 'oldest'].toSorted(), ['newer']]);
    expect(index.waiting).toEqual([]);
  });

  it('keeps what storage failed to take between the parts of two minutes, and writes it a second later, once', async () => {
    let tries = 0;
    const { clock, index, parts, pass } = createIndex(() => {
      tries += 1;
      if (tries === 2) throw new Error('Storage fails');
    });
    const now = clock.epochMs();
    index.note(delivery(now - 61_000, 'older'));
    index.note(delivery(now, 'newer'));

    await pass(250);
    expect(parts).toEqual([['older']]);
    expect(index.waiting.map(({ id }) => id)).toEqual(['newer']);
    await pass(1_000);
    await pass(1_000);

    expect(parts).toEqual([['older'], ['newer']]);
  });
});

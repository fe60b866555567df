import { describe, expect, it } from 'vitest';
import { QuarantineBounds } from '../../../src/quarantine/quarantine-bounds.js';
import type { Candidate, QuarantineLimits } from '../../../src/quarantine/quarantine-count.js';
import type { QuarantineEntry } from '../../../src/quarantine/quarantine-name.js';
import { ManualClock } from '../../support/manual-clock.js';
import { settled } from '../../support/until.js';

const limits: QuarantineLimits = { maxCount: 100, maxBytes: 10_000, addressShare: 0.5 };

const from = (network: string, bytes = 10, provider = 'github'): Candidate => ({ provider, network, bytes });

/** What lies in storage, and an instance that keeps the bounds of it. */
const setUp = (stored: QuarantineEntry[] = []) => {
  const clock = new ManualClock();
  let listings = 0;
  let isListable = true;
  const listAll = async () => {
    listings += 1;
    return isListable ? [...stored] : undefined;
  };
  const start = () => new QuarantineBounds({ limits, listAll, clock });
  const bounds = start();
  const write = async (candidate: Candidate, instance = bounds): Promise<boolean> => {
    if (!(await instance.admit(candidate))) return false;
    stored.push({ ...candidate, name: String(stored.length), arrivedMs: 0 });
    instance.settled(candidate);
    return true;
  };
  const fill = async (candidate: Candidate, times: number, instance = bounds): Promise<number> => {
    let written = 0;
    for (let time = 0; time < times; time += 1) written += (await write(candidate, instance)) ? 1 : 0;
    return written;
  };
  return {
    bounds,
    clock,
    fill,
    listings: () => listings,
    setListable: (is: boolean) => {
      isListable = is;
    },
    start,
    stored,
    write,
  };
};

describe('the bounds of the quarantine', () => {
  it('one address has half of the room, and another one the rest', async () => {
    const { fill } = setUp();

    expect([await fill(from('one'), 60), await fill(from('two'), 60), await fill(from('three'), 1)]).toEqual([
      50, 50, 0,
    ]);
  });

  it('an address is counted for each provider apart', async () => {
    const { fill } = setUp();

    expect([await fill(from('one'), 60), await fill(from('one', 10, 'slack'), 60)]).toEqual([50, 50]);
  });

  it('bytes are bounded as the number is', async () => {
    const { fill } = setUp();

    expect([
      await fill(from('one', 2_000), 9),
      await fill(from('two', 2_000), 9),
      await fill(from('two', 900), 2),
    ]).toEqual([2, 2, 1]);
  });

  it('hold over a restart', async () => {
    const { fill, start } = setUp();
    await fill(from('one'), 60);

    expect(await fill(from('one'), 10, start())).toBe(0);
  });

  it('what was released makes room again, within half a minute', async () => {
    const { clock, fill, stored } = setUp();
    await fill(from('one'), 60);
    stored.length = 0;
    const before = await fill(from('one'), 1);
    clock.advance(30_000);
    await fill(from('one'), 1);
    await settled();

    expect([before, await fill(from('one'), 10)]).toEqual([0, 10]);
  });

  it('hold over instances, but for what each lets in between two counts', async () => {
    const setup = setUp();
    const instances = Array.from({ length: 4 }, () => setup.start());
    for (let round = 0; round < 50; round += 1) {
      for (const instance of instances) {
        await setup.write(from(`from ${round % 4}`), instance);
        await settled();
      }
    }

    expect(setup.stored.length).toBeLessThanOrEqual(limits.maxCount * (1 + 0.05 * instances.length));
  });

  it('who finds no room costs no listing', async () => {
    const { fill, listings } = setUp();
    await fill(from('one'), 60);
    await settled();
    const before = listings();

    await fill(from('one'), 10_000);

    expect(listings() - before).toBeLessThanOrEqual(1);
  });

  it('what is on its way while it is counted is not forgotten', async () => {
    const { bounds, clock, fill } = setUp();
    for (let each = 0; each < 40; each += 1) await bounds.admit(from('one'));
    clock.advance(30_000);
    await bounds.admit(from('two'));
    await settled();

    expect(await fill(from('one'), 60)).toBe(10);
  });

  it('without a listing a tenth of the room is given away, once', async () => {
    const { clock, fill, setListable } = setUp();
    setListable(false);
    const first = await fill(from('one'), 100);
    const second = await fill(from('two'), 100);
    clock.advance(30_000);
    await settled();

    expect([first, second, await fill(from('three'), 100)]).toEqual([5, 5, 0]);
  });

  it('a listing that fails later leaves what was counted before', async () => {
    const { clock, fill, setListable } = setUp();
    await fill(from('one'), 45);
    setListable(false);
    clock.advance(30_000);

    expect(await fill(from('one'), 60)).toBe(5);
  });
});

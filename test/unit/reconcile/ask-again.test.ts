import { beforeEach, expect, it } from 'vitest';
import { ArchiveError, isArchiveError } from '../../../src/archive/archive-error.js';
import type { GuardedCall } from '../../../src/circuit-breaker/guarded-call.js';
import { checkReconcile } from '../../../src/health/check-reconcile.js';
import type {
  DeliveryHistory,
  HistoryAnswer,
  HistoryPage,
  PastAttempt,
} from '../../../src/reconcile/delivery-history.js';
import { createMemoryReconcileStore } from '../../../src/reconcile/memory-reconcile-store.js';
import { createReconcile, type Reconcile, type ReconcileRun } from '../../../src/reconcile/reconcile.js';
import { ManualClock } from '../../support/manual-clock.js';

const minuteMs = 60_000;
const ok = { ok: true, value: undefined } as const;

let clock: ManualClock;
let store: ReturnType<typeof createMemoryReconcileStore>;
/** What the sender shows, the newest first. */
let attempts: PastAttempt[];
let asked: string[];
let answerTo: (attemptId: string) => Promise<HistoryAnswer<void>>;
let pageAt: (from: string | undefined) => HistoryAnswer<HistoryPage>;
let isWritable: boolean;

beforeEach(() => {
  clock = new ManualClock();
  store = createMemoryReconcileStore();
  attempts = [];
  asked = [];
  answerTo = async () => ok;
  pageAt = () => ({ ok: true, value: { attempts } });
  isWritable = true;
});

const history: DeliveryHistory = {
  hook: 'app',
  provider: 'github',
  list: async (from) => pageAt(from),
  redeliver: (attemptId) => {
    asked.push(attemptId);
    return answerTo(attemptId);
  },
};

const storage: GuardedCall<unknown, ArchiveError> = {
  call: async (operation) => {
    try {
      return { ok: true, value: await operation(new AbortController().signal) };
    } catch (thrown) {
      if (!isArchiveError(thrown)) throw thrown;
      return { ok: false, error: { kind: 'operation-failed', breaker: 'blob-storage', cause: thrown } };
    }
  },
};

const instance = (): Reconcile =>
  createReconcile({
    histories: [history],
    store: {
      ...store,
      save: async (...args) => {
        if (!isWritable) throw new ArchiveError('unavailable', 'Fails on purpose');
        await store.save(...args);
      },
    },
    storage,
    keptDeliveries: () => async () => false,
    clock,
    log: { write: () => {} },
  });

const failed = (...ids: readonly string[]): void => {
  for (const id of ids)
    attempts.unshift({ id, deliveryId: `guid-${id}`, atMs: clock.epochMs(), event: 'push', succeeded: false });
};

const verdicts = ({ deliveries }: ReconcileRun) => deliveries.map(({ verdict }) => verdict);

const runs = async (count: number): Promise<readonly (readonly string[])[]> => {
  const all = [];
  for (let run = 0; run < count; run += 1) {
    clock.advance(6 * minuteMs);
    all.push(verdicts(await instance().run()));
  }
  return all;
};

it('a repeat that is taken and never arrives is asked for three times, and then told', async () => {
  failed('1');

  const told = await runs(6);

  expect(asked).toEqual(['1', '1', '1']);
  expect(told.flat()).toEqual(['asked', 'asked', 'asked', 'given-up', 'given-up', 'given-up']);
});

it.each([
  'timeout',
  'unreachable',
  'refused-502',
])('a repeat that may have been taken (%s) counts as one of the three', async (reason) => {
  failed('1');
  answerTo = async () => ({ ok: false, reason, meaning: 'unclear' });

  const told = await runs(5);

  expect(asked).toHaveLength(3);
  expect(told.at(-1)).toEqual(['given-up']);
});

it('what a limit refuses is not counted, and is asked for when the limit is over', async () => {
  failed('1', '2', '3');
  answerTo = async (id) => (id === '2' ? { ok: false, reason: 'throttled', meaning: 'not-now' } : ok);
  await runs(4);
  answerTo = async () => ok;
  attempts = attempts.filter(({ id }) => id !== '1');

  const [told] = await runs(1);

  expect(told).toEqual(['given-up', 'asked', 'asked']);
});

it('one that the sender does not know any more is in nobody’s way', async () => {
  failed('1', '2', '3');
  answerTo = async (id) => (id === '1' ? { ok: false, reason: 'refused-404', meaning: 'unknown' } : ok);

  const [told] = await runs(1);

  expect(told).toEqual(['refused', 'asked', 'asked']);
});

it('killed between asking and writing down: none is asked for a fourth time, whoever goes on', async () => {
  failed('1', '2');
  for (let life = 0; life < 5; life += 1) {
    clock.advance(6 * minuteMs);
    const dying = Promise.withResolvers<HistoryAnswer<void>>();
    const before = asked.length;
    answerTo = () => dying.promise;
    void instance().run();
    for (let turn = 0; turn < 50 && asked.length === before; turn += 1) await Promise.resolve();
    await store.release(`lease-${life + 1}`, new AbortController().signal);
  }
  answerTo = async () => ok;

  const told = await runs(2);

  expect(asked.filter((id) => id === '1')).toHaveLength(3);
  expect(told.at(-1)).toEqual(['given-up', 'given-up']);
});

it('nothing is asked for that cannot be written down', async () => {
  failed('1');
  isWritable = false;

  const [told] = await runs(1);

  expect([told, asked]).toEqual([['waiting'], []]);
});

it('a delivery that two pages show, and twice in one, is asked for once', async () => {
  failed('1', '2');
  const [newer, older] = attempts;
  if (newer === undefined || older === undefined) throw new Error('There are two');
  const again = { ...newer, id: '3', deliveryId: older.deliveryId };
  pageAt = (from) =>
    from === undefined
      ? { ok: true, value: { attempts: [again, newer, again], next: 'more' } }
      : { ok: true, value: { attempts: [newer, older] } };

  await runs(1);

  expect(asked).toEqual(['2', '3']);
});

it.each([
  ['the same place', () => 'same'],
  ['another place each time', (count: number) => `place-${count}`],
])('pages that repeat, with %s for the next one, end the reading, and what was read is asked for', async (_, placeOf) => {
  failed('1');
  let pages = 0;
  pageAt = () => {
    pages += 1;
    return { ok: true, value: { attempts, next: placeOf(pages) } };
  };
  clock.advance(2 * minuteMs);

  const run = await instance().run();

  expect(run).toMatchObject({
    outcome: 'unavailable',
    of: 'github app',
    reason: 'repeating-pages',
    deliveries: [{ verdict: 'asked' }],
  });
  expect(pages).toBe(2);
  expect(store.state['app']?.unfinished).toBeUndefined();
});

it('pages without end that hold nothing end the reading in the next run, and what was read is asked for', async () => {
  failed('1');
  let pages = 0;
  pageAt = (from) => {
    pages += 1;
    return { ok: true, value: { attempts: from === undefined ? attempts : [], next: `place-${pages}` } };
  };

  const told = await runs(2);

  expect([told, asked]).toEqual([[['waiting'], ['asked']], ['1']]);
  expect(store.state['app']?.unfinished).toBeUndefined();
});

it('a place that the sender no longer takes is given up, and one that it may take again is not', async () => {
  failed('1');
  const from = (place: string | undefined): void => {
    store.state = {
      app: { readThroughMs: 0, missed: [], ...(place && { unfinished: { next: place, newestMs: 0, succeeded: [] } }) },
    };
  };
  from('old');
  pageAt = () => ({ ok: false, reason: 'refused-401', meaning: 'not-now' });
  await runs(1);
  const kept = store.state['app']?.unfinished?.next;
  pageAt = () => ({ ok: false, reason: 'refused-422', meaning: 'unknown' });

  await runs(1);

  expect([kept, store.state['app']?.unfinished]).toEqual(['old', undefined]);
});

it('what is missed is told while the sender does not answer, and not asked for', async () => {
  failed('1');
  await instance().run();
  pageAt = () => ({ ok: false, reason: 'refused-404', meaning: 'unknown' });

  const [told] = await runs(1);

  expect([told, asked]).toEqual([['waiting'], []]);
});

it('an attempt without a name, or with one of megabytes, is passed over', async () => {
  failed('1');
  const [one] = attempts;
  if (one === undefined) throw new Error('There is one');
  attempts.unshift({ ...one, id: '2', deliveryId: '' }, { ...one, id: '3', deliveryId: 'x'.repeat(2_000_000) });

  const [told] = await runs(1);

  expect([told, asked]).toEqual([['asked'], ['1']]);
});

it('an attempt of which the sender says no time ends no reading', async () => {
  failed('1');
  attempts.unshift({ id: '2', deliveryId: 'timeless', atMs: Number.NaN, event: 'push', succeeded: false });
  const [timeless] = attempts;
  if (timeless === undefined) throw new Error('There is one');
  pageAt = (from) =>
    from === undefined
      ? { ok: true, value: { attempts: [timeless], next: 'more' } }
      : { ok: true, value: { attempts: attempts.slice(1) } };

  await instance().run();
  const [told] = await runs(1);

  expect(told).toEqual(['asked', 'asked']);
});

it('a run that cannot read its state names storage, not the sender', async () => {
  const refused = { ok: false, error: { kind: 'circuit-open', breaker: 'blob-storage', retryAfterMs: 1 } } as const;
  const reconcile = createReconcile({
    histories: [history],
    store,
    storage: { call: async () => refused },
    keptDeliveries: () => async () => false,
    clock,
    log: { write: () => {} },
  });

  const run = await reconcile.run();

  expect(run).toMatchObject({ outcome: 'unavailable', of: 'blob-storage', reason: 'circuit-open' });
  expect(checkReconcile(run)).toMatchObject({
    message: `The run at ${run.time} could not ask blob-storage: circuit-open`,
  });
});

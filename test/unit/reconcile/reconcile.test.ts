import { createVerify, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GithubApi, startGithubApi } from '../../../local/github-api/start-github-api.js';
import type { GuardedCall } from '../../../src/circuit-breaker/guarded-call.js';
import { createGuardedHttp } from '../../../src/guarded-http/guarded-http.js';
import { appToken } from '../../../src/reconcile/github-credentials.js';
import { createGithubHistory, type GithubIdentity } from '../../../src/reconcile/github-history.js';
import { createMemoryReconcileStore } from '../../../src/reconcile/memory-reconcile-store.js';
import { createReconcile, type Reconcile } from '../../../src/reconcile/reconcile.js';
import { ManualClock } from '../../support/manual-clock.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

let api: GithubApi;
let clock: ManualClock;
/** What is archived, owed or quarantined here; each redelivery arrives and is. */
let kept: Set<string>;
let isReachable: boolean;
let store: ReturnType<typeof createMemoryReconcileStore>;
let storageFails: boolean;

beforeEach(async () => {
  clock = new ManualClock();
  kept = new Set();
  isReachable = true;
  storageFails = false;
  store = createMemoryReconcileStore();
  api = await startGithubApi({
    now: () => clock.epochMs(),
    redeliver: async (guid) => {
      if (!isReachable) return 502;
      kept.add(guid);
      return 202;
    },
  });
});

afterEach(() => api.close());

const storage: GuardedCall<unknown, never> = {
  call: async (operation) => ({ ok: true, value: await operation(new AbortController().signal) }),
};

const token: GithubIdentity = { kind: 'token', token: 'ghp_local' };

/** An instance of its own, with nothing in its memory. */
const instance = (hook = 'app', identity: GithubIdentity | 'none' = token): Reconcile => {
  const http = createGuardedHttp({
    name: 'github-api',
    baseUrl: api.url,
    endpoints: { 'github-api': { cacheSeconds: 1, retries: 0 } },
    clock,
    random: () => 0,
  });
  const history = createGithubHistory({
    http,
    hook,
    provider: 'github',
    identity: async () => (identity === 'none' ? undefined : identity),
    clock,
  });
  const isKept = async (_provider: string, { deliveryId }: { deliveryId: string }) =>
    storageFails ? undefined : kept.has(deliveryId);
  return createReconcile({
    histories: [history],
    store,
    storage,
    keptDeliveries: () => isKept,
    clock,
    log: { write: () => {} },
  });
};

const missed = (...guids: readonly string[]): void => {
  for (const guid of guids) api.record({ guid, event: 'push', status: 502 });
};

const redeliveries = (): number => api.asked.filter((line) => line.startsWith('POST /app/hook/deliveries/')).length;

const verdicts = ({ deliveries }: { deliveries: readonly { deliveryId: string; verdict: string }[] }) =>
  Object.fromEntries(deliveries.map(({ deliveryId, verdict }) => [deliveryId, verdict]));

describe('missed deliveries', () => {
  it('fifty that found the host away are all asked for, oldest first, and kept after one run', async () => {
    const guids = Array.from({ length: 50 }, (_, n) => `guid-${n}`);
    missed(...guids);
    clock.advance(2 * minuteMs);
    const asks = instance();

    const run = await asks.run();
    await expect.poll(() => kept.size).toBe(50);
    clock.advance(6 * minuteMs);
    const next = await asks.run();

    expect(run.deliveries.map(({ deliveryId }) => deliveryId)).toEqual(guids);
    expect([redeliveries(), next.deliveries]).toEqual([50, []]);
  });

  it('what is archived, owed or quarantined here, or came by another attempt, is not asked for', async () => {
    missed('kept', 'came', 'lost');
    kept.add('kept');
    api.record({ guid: 'came', event: 'push', status: 202 });
    clock.advance(2 * minuteMs);

    const run = await instance().run();

    expect(verdicts(run)).toEqual({ kept: 'kept', lost: 'asked' });
    expect(redeliveries()).toBe(1);
  });

  it('one that has just failed is left alone for a minute', async () => {
    missed('fresh');
    const asks = instance();

    const first = await asks.run();
    clock.advance(minuteMs);
    const second = await asks.run();

    expect([verdicts(first), verdicts(second)]).toEqual([{ fresh: 'waiting' }, { fresh: 'asked' }]);
  });

  it('none is asked for a fourth time, and it is told until GitHub forgets it', async () => {
    isReachable = false;
    missed('hopeless');
    const runs = [];
    for (let i = 0; i < 8; i += 1) {
      clock.advance(6 * minuteMs);
      runs.push(verdicts(await instance().run())['hopeless']);
    }
    clock.advance(3 * dayMs);
    const over = await instance().run();

    expect(redeliveries()).toBe(3);
    expect(runs.at(-1)).toBe('given-up');
    expect(over.deliveries).toEqual([]);
  });

  it.each([
    'primary-limit',
    'secondary-limit',
  ] as const)('a %s ends the run, and the next ones end complete', async (limit) => {
    missed('one', 'two');
    clock.advance(2 * minuteMs);
    const asks = instance();
    api.setFault(limit);

    const limited = await asks.run();
    api.setFault('none');
    const held = await asks.run();
    clock.advance(2 * minuteMs);
    const complete = await asks.run();

    expect([limited.reason, held.reason]).toEqual(['throttled', 'throttled']);
    expect(verdicts(complete)).toEqual({ one: 'asked', two: 'asked' });
  });

  it('nothing is asked for while storage cannot say what is kept', async () => {
    missed('unknown');
    clock.advance(2 * minuteMs);
    storageFails = true;

    const run = await instance().run();

    expect([verdicts(run), redeliveries()]).toEqual([{ unknown: 'waiting' }, 0]);
  });

  it('a dry run asks for nothing and remembers nothing', async () => {
    missed('one');
    clock.advance(2 * minuteMs);

    const run = await instance().run({ dryRun: true });

    expect([verdicts(run), redeliveries(), store.state]).toEqual([{ one: 'would-ask' }, 0, {}]);
  });

  it('two instances: one does it, the other leaves it alone', async () => {
    missed('one', 'two', 'three');
    clock.advance(2 * minuteMs);

    const runs = await Promise.all([instance().run(), instance().run()]);

    expect(runs.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'taken']);
    expect(redeliveries()).toBe(3);
  });

  it('an instance that begins anew reads on where the last one ended', async () => {
    for (let n = 0; n < 1_000; n += 1)
      api.record({ guid: `old-${n}`, event: 'push', status: 202, atMs: clock.epochMs() - (1_000 - n) * 2 * minuteMs });
    await instance().run();
    const before = api.asked.length;
    clock.advance(30 * minuteMs);
    missed('new');
    clock.advance(2 * minuteMs);

    const run = await instance().run();

    expect(verdicts(run)).toEqual({ new: 'asked' });
    expect(api.asked.slice(before).filter((line) => line.startsWith('GET')).length).toBe(1);
  });

  it('a year of history is read for three days, and only once', async () => {
    const yearMs = 365 * dayMs;
    for (let n = 0; n < 4_000; n += 1)
      api.record({
        guid: `of-a-year-${n}`,
        event: 'push',
        status: 502,
        atMs: clock.epochMs() - yearMs + (n * yearMs) / 4_000,
      });
    clock.advance(2 * minuteMs);

    const first = await instance().run({ dryRun: true });
    const pages = api.asked.length;
    await instance().run();
    const before = api.asked.filter((line) => line.startsWith('GET')).length;
    clock.advance(30 * minuteMs);
    await instance().run();

    expect([first.attemptsRead, pages]).toEqual([32, 1]);
    expect(api.asked.filter((line) => line.startsWith('GET')).length - before).toBe(1);
  });

  it('a history too long for one run is read on by the next, and what came there is not taken for missed', async () => {
    missed('oldest');
    for (let n = 0; n < 10_200; n += 1) api.record({ guid: `guid-${n}`, event: 'push', status: 202 });
    api.record({ guid: 'oldest', event: 'push', status: 202 });
    missed('newest');
    clock.advance(2 * minuteMs);

    const first = await instance().run();
    const second = await instance().run();

    expect([first.attemptsRead, verdicts(first)]).toEqual([10_000, { newest: 'waiting' }]);
    expect(verdicts(second)).toEqual({ newest: 'asked' });
  });

  it('a clock of the sender that is hours ahead loses nothing, whatever it says later', async () => {
    const aheadMs = 3 * 60 * minuteMs;
    api.record({ guid: 'ahead', event: 'push', status: 502, atMs: clock.epochMs() + aheadMs });
    const first = await instance().run();
    clock.advance(2 * minuteMs);
    api.record({ guid: 'right again', event: 'push', status: 502, atMs: clock.epochMs() });
    const second = await instance().run();
    clock.advance(2 * minuteMs);
    const third = await instance().run();

    expect(verdicts(first)).toEqual({ ahead: 'waiting' });
    expect(verdicts(second)).toEqual({ ahead: 'asked', 'right again': 'waiting' });
    expect(verdicts(third)).toEqual({ 'right again': 'asked' });
  });

  it('a clock of our own that was hours ahead keeps nothing from being asked for again', async () => {
    isReachable = false;
    missed('one');
    clock.advance(2 * minuteMs);
    await instance().run();
    const [known] = store.state['app']?.missed ?? [];
    const aheadMs = clock.epochMs() + 3 * 60 * minuteMs;
    store.state = { app: { readThroughMs: aheadMs, missed: known ? [{ ...known, askedAtMs: aheadMs }] : [] } };
    missed('two');
    clock.advance(2 * minuteMs);

    const run = await instance().run();

    expect(verdicts(run)).toEqual({ one: 'asked', two: 'asked' });
  });

  it.each([
    'error',
    'hang',
  ] as const)('an API with the fault "%s" changes nothing, and its breaker opens', async (fault) => {
    missed('one');
    clock.advance(2 * minuteMs);
    const asks = instance();
    api.setFault(fault);
    const outcomes = [];
    for (let i = 0; i < 6; i += 1) {
      const before = api.asked.length;
      const running = asks.run();
      if (fault === 'hang') {
        await expect.poll(() => api.asked.length > before || i === 5).toBe(true);
        clock.advance(10_000);
      }
      outcomes.push((await running).reason);
    }
    api.setFault('none');
    clock.advance(2 * minuteMs);

    const after = await asks.run();

    expect(outcomes.at(-1)).toBe('circuit-open');
    expect(verdicts(after)).toEqual({ one: 'asked' });
  });
});

describe('as whom', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  it('an App names itself by a JWT that GitHub can verify, for at most ten minutes', () => {
    const jwt = appToken('4711', pem, clock.epochMs()) ?? '';
    const [head = '', claims = '', signature = ''] = jwt.split('.');
    const { iat, exp, iss } = JSON.parse(Buffer.from(claims, 'base64url').toString());

    expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')).toBe(true);
    expect([iss, exp - iat]).toEqual(['4711', 600]);
    expect(appToken('4711', pem.replaceAll('\n', '\\n'), clock.epochMs())).toBe(jwt);
    expect(appToken('4711', 'no key', clock.epochMs())).toBeUndefined();
  });

  it('an App reads a repository’s history by a token of its installation, made once an hour', async () => {
    missed('one', 'two');
    clock.advance(2 * minuteMs);

    const run = await instance('repos/octo-org/octo-repo/hooks/1', {
      kind: 'app',
      appId: '4711',
      privateKey: pem,
    }).run();

    expect(verdicts(run)).toEqual({ one: 'asked', two: 'asked' });
    expect(api.asked.filter((line) => line.includes('install'))).toEqual([
      'GET /repos/octo-org/octo-repo/installation',
      'POST /app/installations/1/access_tokens',
    ]);
  });

  it('without a secret nothing is sent, and the run says why', async () => {
    const run = await instance('app', 'none').run();

    expect([run.outcome, run.reason]).toEqual(['unavailable', 'not-configured']);
    expect(api.asked).toEqual([]);
  });
});

import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import type { LogFields, LogLevel } from '../../../src/observability/log/log.js';
import { createCachedSecrets } from '../../../src/secrets/cached-secrets.js';
import { classifySecretError } from '../../../src/secrets/classify-secret-error.js';
import { refuseDevelopmentSecret } from '../../../src/secrets/development-secrets.js';
import { createLastResort, lastResortOptions } from '../../../src/secrets/last-resort.js';
import { createMemorySecretStore, type MemorySecret } from '../../../src/secrets/memory-secret-store.js';
import type { SecretError, SecretVersion } from '../../../src/secrets/secret-store.js';
import { keyVaultBreakerOptions } from '../../../src/settings/azure-breaker-options.js';
import { ManualClock } from '../../support/manual-clock.js';

const name = 'github-webhook-secret';
const first = 'first-secret-of-32-characters-xx';
const second = 'second-secret-of-32-characters-x';
const timeoutMs = 2_000;
const operationTimeoutMs = 5_000;

interface Line {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

interface Setup {
  readonly secret?: MemorySecret;
  readonly fallback?: Readonly<Record<string, string>>;
  readonly outside?: <R>(work: () => R) => R;
  readonly refuse?: (value: string) => string | undefined;
}

/** Lets every promise that can settle do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const setUp = ({ secret, refuse, fallback, outside }: Setup = { secret: first }) => {
  const clock = new ManualClock();
  const vault = createMemorySecretStore(secret === undefined ? {} : { [name]: secret });
  const breaker = new CircuitBreaker<readonly SecretVersion[], SecretError>({
    name: 'key-vault',
    options: keyVaultBreakerOptions,
    classify: classifySecretError,
    clock,
  });
  const asked: string[] = [];
  const lines: Line[] = [];
  const secrets = createCachedSecrets({
    store: {
      liveVersions: (each, signal) => {
        asked.push(each);
        return vault.liveVersions(each, signal);
      },
    },
    breaker,
    lastResort: createLastResort(clock),
    clock,
    log: { write: (level, event, fields) => lines.push({ level, event, fields }) },
    refreshMs: 300_000,
    maxStaleMs: 3_600_000,
    ...(refuse !== undefined && { refuse }),
    ...(fallback !== undefined && { fallback }),
    ...(outside !== undefined && { outside }),
  });
  const values = async () => {
    const lookup = await secrets.lookUp(name, { timeoutMs });
    return lookup.kind === 'found' ? lookup.versions.map(({ value }) => value) : lookup.kind;
  };
  const pass = (ms: number) => {
    clock.advance(ms);
    return settle();
  };
  return { asked, breaker, clock, lines, pass, secrets, values, vault };
};

describe('cached secrets', () => {
  test('secrets: within the refresh age a secret costs the vault one call, whatever is asked', async () => {
    const { asked, pass, secrets, values } = setUp();

    await values();
    await pass(239_999);
    const lookup = await secrets.lookUp(name, { timeoutMs });

    expect(lookup).toEqual({ kind: 'found', versions: [{ version: 'setting', value: first }], source: 'vault' });
    expect(asked.length).toBe(1);
  });

  test('secrets: at the refresh age the caller waits for the vault and gets what it holds now', async () => {
    const { asked, pass, values, vault } = setUp();
    await values();
    vault.set(name, second);

    const before = await values();
    await pass(300_000);
    const after = await values();

    expect({ before, after, calls: asked.length }).toEqual({ before: [first], after: [second], calls: 2 });
  });

  test('secrets: shortly before the refresh age the vault is asked beside the caller, who does not wait for it', async () => {
    const { asked, clock, pass, secrets, values, vault } = setUp();
    await values();
    vault.set(name, second);
    await pass(240_000);

    const atOnce = await values();
    await settle();
    await pass(59_999);
    const later = await values();
    await pass(180_000);
    const latest = await secrets.lookUp(name, { timeoutMs });

    expect({ atOnce, later, latest }).toMatchObject({ atOnce: [first], later: [second], latest: { source: 'vault' } });
    expect(asked.length).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  test('secrets: with steady traffic a slow vault makes nobody wait', async () => {
    const { pass, values, vault } = setUp();
    await values();
    await pass(240_000);
    vault.setFault({ kind: 'hang' });

    const answers = await Promise.all(Array.from({ length: 100 }, values));

    expect(new Set(answers.flat())).toEqual(new Set([first]));
  });

  test('secrets: a hundred callers at once shortly before it make one call to the vault', async () => {
    const { asked, pass, values } = setUp();
    await values();
    await pass(240_000);

    await Promise.all(Array.from({ length: 100 }, values));

    expect(asked.length).toBe(2);
  });

  test('secrets: a vault that fails shortly before it is left alone for five seconds, and the secret is served', async () => {
    const { asked, pass, secrets, values, vault } = setUp();
    await values();
    await pass(240_000);
    vault.setFault({ kind: 'fail', code: 'unavailable' });

    for (let request = 0; request < 50; request += 1) {
      expect(await values()).toEqual([first]);
      await pass(80);
    }

    expect(asked.length).toBe(2);
    expect(await secrets.lookUp(name, { timeoutMs })).toMatchObject({ kind: 'found', source: 'cache' });
  });

  test('secrets: a hundred callers at once make one call to the vault', async () => {
    const { asked, values } = setUp();

    const answers = await Promise.all(Array.from({ length: 100 }, values));

    expect(new Set(answers.flat())).toEqual(new Set([first]));
    expect(asked.length).toBe(1);
  });

  test('secrets: every live version is given, newest first', async () => {
    const versions = [
      { version: 'b', value: second },
      { version: 'a', value: first },
    ];
    const { secrets } = setUp({ secret: versions });

    const lookup = await secrets.lookUp(name, { timeoutMs });

    expect(lookup).toEqual({ kind: 'found', versions, source: 'vault' });
  });

  test('secrets: how many versions are live is known without asking, for as long as they can be served', async () => {
    const two = [
      { version: 'b', value: second },
      { version: 'a', value: first },
      { version: '0', value: 'short' },
    ];
    const { asked, pass, secrets, values } = setUp({ secret: two });

    const before = secrets.standing(name).versions;
    await values();
    const known = secrets.standing(name).versions;
    await pass(3_600_000);

    expect([before, known, secrets.standing(name).versions]).toEqual([undefined, 2, undefined]);
    expect(asked.length).toBe(1);
  });

  test('secrets: looked up under one name, another name is asked for on its own', async () => {
    const { asked, secrets, values } = setUp();
    await values();

    const other = await secrets.lookUp('slack-webhook-secret', { timeoutMs });

    expect(other.kind).toBe('missing');
    expect(asked.length).toBe(2);
  });
});

describe('cached secrets while the vault fails', () => {
  test('secrets: a known secret is served stale up to the cap, and not a moment longer', async () => {
    const { pass, secrets, values, vault } = setUp();
    await values();
    vault.setFault({ kind: 'fail', code: 'unavailable' });

    await pass(3_599_999);
    const atTheEnd = await secrets.lookUp(name, { timeoutMs });
    await pass(1);
    const after = await secrets.lookUp(name, { timeoutMs });

    expect(atTheEnd).toMatchObject({ kind: 'found', source: 'cache' });
    expect(after).toEqual({ kind: 'unavailable', retryAfterMs: 5_000, reason: 'unreachable' });
  });

  test('secrets: while one is served stale, the vault is asked once in five seconds, not on every request', async () => {
    const { asked, pass, values, vault } = setUp();
    await values();
    vault.setFault({ kind: 'fail', code: 'throttled' });
    await pass(300_000);

    for (let request = 0; request < 50; request += 1) await values();
    const callsAtOnce = asked.length;
    await pass(5_000);
    await values();

    expect({ callsAtOnce, callsLater: asked.length }).toEqual({ callsAtOnce: 2, callsLater: 3 });
  });

  test('secrets: once the vault is back, the next refresh is fresh again', async () => {
    const { pass, secrets, values, vault } = setUp();
    await values();
    vault.setFault({ kind: 'fail', code: 'unauthorized' });
    await pass(300_000);
    const during = await secrets.lookUp(name, { timeoutMs });
    vault.setFault({ kind: 'none' });
    await pass(5_000);

    const afterwards = await secrets.lookUp(name, { timeoutMs });

    expect([during, afterwards]).toMatchObject([{ source: 'cache' }, { source: 'vault' }]);
  });

  test('secrets: a vault that is back is asked again soon, so that its breaker closes long before the next refresh', async () => {
    const { asked, breaker, pass, secrets, values, vault } = setUp();
    await values();
    vault.setFault({ kind: 'fail', code: 'unavailable' });
    await pass(300_000);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await values();
      await pass(5_000);
    }
    const during = breaker.state;
    vault.setFault({ kind: 'none' });
    await pass(60_000);

    const answers = [];
    for (let second = 0; second < 60; second += 1) {
      answers.push(await secrets.lookUp(name, { timeoutMs }));
      await pass(1_000);
    }

    expect([during, breaker.state]).toEqual(['Open', 'Closed']);
    expect(answers.every((answer) => answer.kind === 'found' && answer.source === 'vault')).toBe(true);
    expect(asked).toHaveLength(1 + 3 + 2);
  });

  test('secrets: cached means that a failing vault would not be felt', async () => {
    const { pass, secrets, values, vault } = setUp();
    const before = secrets.isCached(name);
    await values();
    const cached = secrets.isCached(name);
    await pass(3_599_999);
    const atTheEnd = secrets.isCached(name);
    await pass(1);
    const after = secrets.isCached(name);
    vault.remove(name);
    await values();

    expect([before, cached, atTheEnd, after, secrets.isCached(name)]).toEqual([false, true, true, false, false]);
  });

  test('secrets: a hanging vault costs the caller its own time and then the stale secret is served', async () => {
    const { clock, pass, secrets, values, vault } = setUp();
    await values();
    vault.setFault({ kind: 'hang' });
    await pass(300_000);

    const pending = secrets.lookUp(name, { timeoutMs });
    await pass(timeoutMs);

    expect(await pending).toMatchObject({ kind: 'found', source: 'cache' });
    await pass(operationTimeoutMs - timeoutMs);
    expect(clock.pendingTimers).toBe(0);
  });

  test('secrets: once one caller has waited in vain, nobody who can have the stale secret waits for that look-up', async () => {
    const { asked, pass, secrets, values, vault } = setUp();
    await values();
    vault.setFault({ kind: 'hang' });
    await pass(300_000);
    const first = secrets.lookUp(name, { timeoutMs: 300 });
    await pass(300);
    await first;

    const later = await Promise.race([secrets.lookUp(name, { timeoutMs: 3_600 }), settle()]);

    expect(later).toMatchObject({ kind: 'found', source: 'cache' });
    expect(asked).toHaveLength(2);
  });

  test('secrets: with nothing known there is no secret, and an open breaker says for how long', async () => {
    const { pass, secrets, values, vault } = setUp();
    vault.setFault({ kind: 'fail', code: 'unavailable' });

    const failed = await secrets.lookUp(name, { timeoutMs });
    await values();
    await values();
    await pass(18_000);
    const open = await secrets.lookUp(name, { timeoutMs });

    expect(failed).toEqual({ kind: 'unavailable', retryAfterMs: 5_000, reason: 'unreachable' });
    expect(open).toEqual({ kind: 'unavailable', retryAfterMs: 42_000, reason: 'unreachable' });
  });

  test('secrets: with nothing known every request may try, so that the breaker sees the failures and opens', async () => {
    const { asked, values, vault } = setUp();
    vault.setFault({ kind: 'fail', code: 'unavailable' });

    await values();
    await values();
    await values();

    expect(asked.length).toBe(3);
  });

  test('secrets: a vault that will not hear of this one secret is left alone for five seconds', async () => {
    const { asked, pass, secrets, values, vault } = setUp();
    vault.setFault({ kind: 'fail', code: 'refused' });
    await values();

    const again = await secrets.lookUp(name, { timeoutMs });
    const callsAtOnce = asked.length;
    await pass(5_000);
    await values();

    expect(again.kind).toBe('unavailable');
    expect([callsAtOnce, asked.length]).toEqual([1, 2]);
  });
});

describe('cached secrets that are missing', () => {
  test('secrets: a missing secret is remembered for thirty seconds and then asked for again', async () => {
    const { asked, pass, secrets, values, vault } = setUp({});
    await values();
    vault.set(name, first);

    await pass(29_999);
    const remembered = await secrets.lookUp(name, { timeoutMs });
    await pass(1);
    const found = await values();

    expect(remembered).toEqual({ kind: 'missing', retryAfterMs: 1 });
    expect(found).toEqual([first]);
    expect(asked.length).toBe(2);
  });

  test('secrets: one that was deleted on purpose is missing at the next refresh, never served from the cache', async () => {
    const { pass, values, vault } = setUp();
    await values();
    vault.remove(name);
    await pass(300_000);

    expect(await values()).toBe('missing');
  });

  test('secrets: once known to be deleted, a failing vault does not bring it back', async () => {
    const { pass, values, vault } = setUp();
    await values();
    vault.remove(name);
    await pass(300_000);
    await values();
    vault.setFault({ kind: 'fail', code: 'unavailable' });
    await pass(30_000);

    expect(await values()).toBe('unavailable');
  });
});

describe('cached secrets for callers in a hurry', () => {
  test('secrets: a caller with little time leaves the flight it joined, and the other one stays', async () => {
    const { pass, secrets, vault } = setUp();
    vault.setFault({ kind: 'hang' });

    const patient = secrets.lookUp(name, { timeoutMs: 4_000 });
    const hurried = secrets.lookUp(name, { timeoutMs: 500 });
    await pass(500);
    const hurriedAnswer = await Promise.race([hurried, settle()]);
    const patientAnswer = await Promise.race([patient, settle()]);

    expect(hurriedAnswer).toMatchObject({ kind: 'unavailable' });
    expect(patientAnswer).toBeUndefined();
    await pass(3_500);
    expect(await patient).toMatchObject({ kind: 'unavailable' });
  });

  test('secrets: a look-up outlives the caller that began it, and its answer serves whoever waits, and whoever comes', async () => {
    const { asked, breaker, pass, secrets, vault } = setUp();
    const answer = Promise.withResolvers<void>();
    vault.setFault({ kind: 'slow', wait: () => answer.promise });

    const hurried = secrets.lookUp(name, { timeoutMs: 320 });
    const patient = secrets.lookUp(name, { timeoutMs: 3_600 });
    await pass(320);
    const hurriedAnswer = await hurried;
    await pass(680);
    answer.resolve();
    await settle();

    expect(hurriedAnswer).toMatchObject({ kind: 'unavailable' });
    expect(await patient).toMatchObject({ kind: 'found', source: 'vault' });
    expect(await secrets.lookUp(name, { timeoutMs: 320 })).toMatchObject({ kind: 'found', source: 'vault' });
    expect(asked).toHaveLength(1);
    expect(breaker.snapshot()).toMatchObject({ state: 'Closed', successful: 1, failed: 0, timedOut: 0 });
  });

  test('secrets: callers in a hurry never open the breaker of a vault that answers', async () => {
    const { breaker, clock, pass, secrets, vault } = setUp();
    vault.setFault({ kind: 'slow', wait: () => new Promise((resolve) => void clock.startTimer(1_000, resolve)) });

    for (let post = 0; post < 10; post += 1) {
      const forged = secrets.lookUp(name, { timeoutMs: 320 });
      await pass(320);
      await forged;
    }

    expect(breaker.snapshot()).toMatchObject({ state: 'Closed', failed: 0, timedOut: 0 });
    expect(await secrets.lookUp(name, { timeoutMs })).toMatchObject({ kind: 'found' });
  });

  test('secrets: callers in a hurry alone see a hanging vault cut off, after three look-ups of five seconds', async () => {
    const { asked, breaker, pass, secrets, vault } = setUp();
    vault.setFault({ kind: 'hang' });

    for (let post = 0; post < 60; post += 1) {
      const forged = secrets.lookUp(name, { timeoutMs: 320 });
      await pass(320);
      await forged;
    }

    expect(breaker.snapshot()).toMatchObject({ state: 'Open', timedOut: 3 });
    expect(asked).toHaveLength(4);
  });

  test('secrets: a caller whose flight the vault let time out does not try a second time', async () => {
    const { asked, pass, secrets, vault } = setUp();
    vault.setFault({ kind: 'hang' });

    const pending = secrets.lookUp(name, { timeoutMs: 8_000 });
    await pass(5_000);
    await pass(3_000);

    expect(await pending).toMatchObject({ kind: 'unavailable' });
    expect(asked.length).toBe(1);
  });

  test('secrets: a caller in a hurry that is answered in time leaves no timer behind', async () => {
    const { clock, secrets } = setUp();

    const alone = setUp();

    const answers = await Promise.all([4_000, 500].map((ms) => secrets.lookUp(name, { timeoutMs: ms })));
    await alone.values();

    expect(answers.map(({ kind }) => kind)).toEqual(['found', 'found']);
    expect(clock.pendingTimers).toBe(alone.clock.pendingTimers);
  });

  test('secrets: callers that wait leave no timer behind, whoever is first at an end', async () => {
    const { clock, pass, secrets, vault } = setUp();
    vault.setFault({ kind: 'hang' });

    const answers = [4_000, 4_000, 5_000].map((ms) => secrets.lookUp(name, { timeoutMs: ms }));
    await pass(5_000);
    await Promise.all(answers);

    expect(clock.pendingTimers).toBe(0);
  });

  test('secrets: a caller with no time left gets no call at all', async () => {
    const { asked, secrets } = setUp();

    expect(await secrets.lookUp(name, { timeoutMs: 0 })).toMatchObject({ kind: 'unavailable' });
    expect(asked.length).toBe(0);
  });
});

describe('cached secrets in the log', () => {
  test('secrets: each failed attempt is one warning with its reason, and says whether a stale secret was served', async () => {
    const { lines, pass, values, vault } = setUp();
    vault.setFault({ kind: 'fail', code: 'unauthorized' });
    await values();
    vault.setFault({ kind: 'none' });
    await values();
    vault.setFault({ kind: 'hang' });
    await pass(300_000);
    const pending = values();
    await pass(operationTimeoutMs);
    await pending;

    expect(lines).toEqual([
      {
        level: 'warn',
        event: 'secret.refresh-failed',
        fields: { secret: name, reason: 'unauthorized', servedStale: false, servedFallback: false },
      },
      {
        level: 'warn',
        event: 'secret.refresh-failed',
        fields: { secret: name, reason: 'timeout', servedStale: true, servedFallback: false },
      },
    ]);
  });

  test('secrets: an open breaker, which has had its own line, adds none for each request', async () => {
    const { breaker, lines, values } = setUp();
    breaker.forceOpen();

    await values();

    expect(lines).toEqual([]);
  });

  test('secrets: a missing secret is a warning each time the vault says so', async () => {
    const { lines, values } = setUp({});

    await values();
    await values();

    expect(lines).toEqual([{ level: 'warn', event: 'secret.missing', fields: { secret: name } }]);
  });
});

describe('cached secrets that are unfit', () => {
  test.each([
    ['', 'is empty'],
    ['fifteen-bytes-x', 'is shorter than 16 bytes'],
    [`${first}\n`, 'begins or ends with white space'],
    [` ${first}`, 'begins or ends with white space'],
    [`\u{FEFF}${first}`, 'begins or ends with white space'],
  ])('secrets: %j alone is as good as none', async (value, reason) => {
    const { lines, values } = setUp({ secret: [{ version: '7', value }] });

    expect(await values()).toBe('missing');
    expect(lines).toContainEqual({
      level: 'warn',
      event: 'secret.refused',
      fields: { secret: name, version: '7', reason },
    });
  });

  test('secrets: sixteen bytes are enough, counted as UTF-8', async () => {
    const { values } = setUp({ secret: 'éééééééé' });

    expect(await values()).toEqual(['éééééééé']);
  });

  test('secrets: an unfit version does not take the fit ones with it', async () => {
    const versions = [
      { version: '2', value: 'short' },
      { version: '1', value: first },
    ];
    const { values } = setUp({ secret: versions });

    expect(await values()).toEqual([first]);
  });

  test('secrets: an unfit version is warned of once, not at every refresh, and its value is never logged', async () => {
    const versions = [
      { version: '2', value: 'too-short-7f3' },
      { version: '1', value: first },
    ];
    const { lines, pass, values } = setUp({ secret: versions });

    for (let refresh = 0; refresh < 5; refresh += 1) {
      await values();
      await pass(300_000);
    }

    expect(lines.filter(({ event }) => event === 'secret.refused')).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('too-short-7f3');
    expect(JSON.stringify(lines)).not.toContain(first);
  });

  test.each([
    "It's a Secret to Everybody",
    'local-admin-token',
  ])('secrets: the published %j is refused where development secrets are', async (value) => {
    const inTheCloud = setUp({ secret: value, refuse: refuseDevelopmentSecret });
    const inDevelopment = setUp({ secret: value });

    expect(await inTheCloud.values()).toBe('missing');
    expect(await inDevelopment.values()).toEqual([value]);
  });
});

describe('cached secrets with a fallback from the settings', () => {
  const fallback = { [name]: first };
  const down = { kind: 'fail', code: 'unavailable' } as const;

  test('fallback: it serves while the vault has never answered, and gives way to its first answer', async () => {
    const { pass, secrets, vault } = setUp({ secret: second, fallback });
    vault.setFault(down);
    const during = await secrets.lookUp(name, { timeoutMs });
    vault.setFault({ kind: 'none' });
    await pass(5_000);

    expect(during).toEqual({
      kind: 'found',
      versions: [{ version: 'setting', value: first }],
      source: 'fallback',
    });
    expect(await secrets.lookUp(name, { timeoutMs })).toMatchObject({ versions: [{ value: second }], source: 'vault' });
  });

  test('fallback: a vault that answers is asked before it', async () => {
    const { values } = setUp({ secret: second, fallback });

    expect(await values()).toEqual([second]);
  });

  test.each([
    ['hangs', { kind: 'hang' }],
    ['throttles', { kind: 'fail', code: 'throttled' }],
    ['does not know us any more', { kind: 'fail', code: 'unauthorized' }],
  ] as const)('fallback: a vault that %s costs the first caller its time at most, and the next ones nothing', async (_what, fault) => {
    const { asked, pass, secrets, vault } = setUp({ secret: second, fallback });
    vault.setFault(fault);
    const pending = secrets.lookUp(name, { timeoutMs: 320 });
    await pass(320);

    const later = await Promise.race([secrets.lookUp(name, { timeoutMs }), settle()]);

    expect([await pending, later]).toMatchObject([{ source: 'fallback' }, { source: 'fallback' }]);
    expect(asked).toHaveLength(1);
  });

  test('fallback: a vault that hangs costs the first caller half a second, however much time it has', async () => {
    const { pass, secrets, vault } = setUp({ secret: second, fallback });
    vault.setFault({ kind: 'hang' });
    const pending = secrets.lookUp(name, { timeoutMs });
    await pass(500);

    expect(await Promise.race([pending, settle()])).toMatchObject({ source: 'fallback' });
  });

  test('fallback: what it does not verify waits for the vault that is still being asked', async () => {
    const { pass, secrets, vault } = setUp({ secret: second, fallback });
    vault.setFault({ kind: 'hang' });
    const pending = secrets.lookUp(name, { timeoutMs });
    await pass(500);
    await pending;

    const again = secrets.lookUp(name, { timeoutMs, again: true });
    await pass(timeoutMs - 500);

    expect(await Promise.race([again, settle()])).toBeUndefined();
  });

  test('secrets: while the vault is known to fail, the stale secret is waited with for half a second', async () => {
    const { pass, secrets, values, vault } = setUp();
    await values();
    vault.setFault(down);
    await pass(300_000);
    await values();
    vault.setFault({ kind: 'hang' });
    await pass(5_000);
    const pending = secrets.lookUp(name, { timeoutMs });
    await pass(500);

    expect(await Promise.race([pending, settle()])).toMatchObject({ source: 'cache' });
  });

  test('fallback: it serves with the breaker open', async () => {
    const { breaker, values } = setUp({ secret: second, fallback });
    breaker.forceOpen();

    expect(await values()).toEqual([first]);
  });

  test('fallback: what the vault says is missing or disabled is not brought back by it, however long the vault is away', async () => {
    const { pass, values, vault } = setUp({ fallback });
    const answered = await values();
    vault.setFault(down);

    const later: unknown[] = [];
    for (let hour = 0; hour < 3; hour += 1) {
      await pass(3_600_000);
      later.push(await values());
    }

    expect([answered, ...later]).toEqual(['missing', 'unavailable', 'unavailable', 'unavailable']);
  });

  test('fallback: a version that the vault does not list any more is refused at once, and after the cache has gone', async () => {
    const { pass, values, vault } = setUp({ secret: second, fallback });
    await values();
    vault.setFault(down);
    await pass(300_000);

    const stale = await values();
    await pass(3_600_000);

    expect(stale).toEqual([second]);
    expect(await values()).toBe('unavailable');
  });

  test('fallback: a vault that refuses this one secret has answered', async () => {
    const { values, vault } = setUp({ secret: second, fallback });
    vault.setFault({ kind: 'fail', code: 'refused' });

    expect(await values()).toBe('unavailable');
  });

  test('fallback: without a word of the vault it serves for SECRET_MAX_STALE_SECONDS from the start on, and not a moment longer', async () => {
    const { pass, values, vault } = setUp({ secret: second, fallback });
    vault.setFault(down);
    await pass(3_599_999);
    const atTheEnd = await values();
    await pass(5_001);

    expect(atTheEnd).toEqual([first]);
    expect(await values()).toBe('unavailable');
  });

  test.each([
    ['', 'is empty'],
    ['fifteen-bytes-x', 'is shorter than 16 bytes'],
    [`${first}\n`, 'begins or ends with white space'],
  ])('fallback: %j is refused as the same value in the vault is', async (value, reason) => {
    const { lines, values, vault } = setUp({ secret: second, fallback: { [name]: value } });
    vault.setFault(down);

    expect(await values()).toBe('unavailable');
    expect(lines).toContainEqual({
      level: 'warn',
      event: 'secret.refused',
      fields: { secret: name, version: 'setting', reason },
    });
  });

  test('fallback: one that is published is refused where development secrets are', async () => {
    const value = "It's a Secret to Everybody";
    const { values, vault } = setUp({ fallback: { [name]: value }, refuse: refuseDevelopmentSecret });
    vault.setFault(down);

    expect(await values()).toBe('unavailable');
  });

  test('fallback: the log says that it serves', async () => {
    const { lines, values, vault } = setUp({ secret: second, fallback });
    vault.setFault(down);
    await values();

    expect(lines).toMatchObject([{ event: 'secret.refresh-failed', fields: { servedFallback: true } }]);
  });
});

describe('what is known of a secret without asking', () => {
  test('standing: by what it would be served', async () => {
    const { pass, secrets, values, vault } = setUp({ secret: second, fallback: { [name]: first } });
    const before = secrets.standing(name);
    vault.setFault({ kind: 'fail', code: 'unavailable' });
    await values();
    const fallback = secrets.standing(name);
    vault.setFault({ kind: 'none' });
    await pass(5_000);
    await values();
    const vaults = secrets.standing(name);
    vault.setFault({ kind: 'fail', code: 'unavailable' });
    await pass(300_000);
    await values();
    const cache = secrets.standing(name);
    await pass(3_600_000);

    expect([before, fallback, vaults, cache, secrets.standing(name)]).toEqual([
      { source: 'fallback', versions: 1, failing: false },
      { source: 'fallback', versions: 1, failing: true, reason: 'unreachable' },
      { source: 'vault', versions: 1, failing: false },
      { source: 'cache', versions: 1, failing: true, reason: 'unreachable' },
      { source: 'none', failing: true, reason: 'unreachable' },
    ]);
  });

  test('standing: says why the newest version cannot be used, though an older one serves', async () => {
    const versions = [
      { version: '2', value: `${second}\n` },
      { version: '1', value: first },
    ];
    const { secrets, values } = setUp({ secret: versions });
    await values();

    expect(secrets.standing(name)).toEqual({
      source: 'vault',
      versions: 1,
      failing: false,
      problem: 'begins or ends with white space',
    });
  });

  test.each([
    [[{ version: '1', value: `${first}\n` }], 'begins or ends with white space'],
    [[], 'does not exist or has no enabled version'],
  ])('standing: says why there is none', async (secret, problem) => {
    const { secrets, values } = setUp({ secret });
    await values();

    expect(secrets.standing(name)).toEqual({ source: 'none', failing: false, problem });
  });
});

describe('cached secrets and the request that needs them first', () => {
  test('secrets: what a look-up logs is no matter of the request that began it', async () => {
    const request = new AsyncLocalStorage<string>();
    const outside = AsyncLocalStorage.snapshot();
    const { lines, secrets } = setUp({ outside });
    const seen: unknown[] = [];
    const push = lines.push.bind(lines);
    lines.push = (...more) => {
      seen.push(request.getStore());
      return push(...more);
    };

    await request.run('the first request', () => secrets.lookUp('slack-webhook-secret', { timeoutMs }));

    expect(lines.map(({ event }) => event)).toEqual(['secret.missing']);
    expect(seen).toEqual([undefined]);
  });

  test('secrets: a bug in a look-up that nobody waits for any more does not end the process', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const answer = Promise.withResolvers<void>();
    const refuse = () => {
      throw new TypeError('a bug');
    };
    const { pass, secrets, vault } = setUp({ secret: first, refuse });
    vault.setFault({ kind: 'slow', wait: () => answer.promise });
    const hurried = secrets.lookUp(name, { timeoutMs: 320 });
    await pass(320);
    await hurried;

    answer.resolve();
    await settle();
    await settle();
    process.off('unhandledRejection', note);

    expect(unhandled).toEqual([]);
  });
});

describe('cached secrets, with the breaker open and nothing else to verify with', () => {
  const openBreaker = async (setup: ReturnType<typeof setUp>): Promise<void> => {
    setup.vault.setFault({ kind: 'fail', code: 'throttled' });
    for (let attempt = 0; attempt < 3; attempt += 1) await setup.values();
  };

  test('last resort: a vault that answers again is believed within two seconds, not after the cool-down', async () => {
    const setup = setUp();
    const { breaker, pass, values, vault } = setup;
    await openBreaker(setup);
    await values();
    vault.setFault({ kind: 'none' });
    const atOnce = await values();
    await pass(lastResortOptions.coolDownMs);

    expect(atOnce).toBe('unavailable');
    expect(await values()).toEqual([first]);
    expect(breaker.state).toBe('Open');
  });

  test('last resort: a vault that is down is asked once in two seconds, however many ask', async () => {
    const setup = setUp();
    const { asked, pass, values } = setup;
    await openBreaker(setup);
    const before = asked.length;

    for (let second = 0; second < 20; second += 1) {
      await Promise.all(Array.from({ length: 50 }, values));
      await pass(1_000);
    }

    expect(asked.length - before).toBe(10);
  });

  test('last resort: a vault that hangs has one look-up under way at a time, of five seconds each', async () => {
    const setup = setUp();
    const { asked, pass, secrets, vault } = setup;
    await openBreaker(setup);
    vault.setFault({ kind: 'hang' });
    const before = asked.length;

    for (let second = 0; second < 35; second += 1) {
      const waiting = secrets.lookUp(name, { timeoutMs: 500 });
      await pass(1_000);
      await waiting;
    }

    expect(asked.length - before).toBeLessThanOrEqual(5);
  });

  test('last resort: with a secret from the cache or the fallback the open breaker is left alone', async () => {
    const cached = setUp();
    await cached.values();
    cached.breaker.forceOpen();
    await cached.pass(300_000);
    const fallback = setUp({ secret: second, fallback: { [name]: first } });
    fallback.breaker.forceOpen();

    expect([await cached.values(), await fallback.values()]).toEqual([[first], [first]]);
    expect([cached.asked.length, fallback.asked.length]).toEqual([1, 0]);
  });
});

import { existsSync, readFileSync, watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Claim, claimState, findClaim, removeState } from '../../../../local/stack/claim-state.js';
import { startControlServer } from '../../../../local/stack/control-server.js';
import { findStack } from '../../../../local/stack/find-stack.js';
import {
  readStackRecord,
  removeStackRecord,
  type StackRecord,
  writeStackRecord,
} from '../../../../local/stack/stack-record.js';

const record = (changes: Partial<StackRecord> = {}): StackRecord => ({
  version: 1,
  pid: process.pid,
  startedAt: '2026-01-02T03:04:05.000Z',
  host: { kind: 'built-in', url: 'http://127.0.0.1:7071' },
  blobStorage: { connectionString: 'blob' },
  serviceBus: { connectionString: 'bus' },
  keyVault: { vaultUri: 'https://127.0.0.1:8443', caFile: 'ca.pem' },
  bots: [{ name: 'notifier', queue: 'bot-notifier', ordered: false }],
  control: { url: 'http://127.0.0.1:9', token: 'token' },
  ...changes,
});

/** No process of Linux has so high an id. */
const deadPid = 2 ** 22 + 1;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breakwater-record-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('the record of a running stack', () => {
  it('is read back as it was written, and only its owner may read it', async () => {
    await writeStackRecord(directory, record());

    expect(await readStackRecord(directory)).toEqual(record());
    expect((await stat(join(directory, 'stack.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['stack.json']);
  });

  it('that is missing, damaged or of another version counts as none', async () => {
    const missing = await readStackRecord(directory);
    await writeFile(join(directory, 'stack.json'), '{"version":1,');
    const damaged = await readStackRecord(directory);
    await writeFile(join(directory, 'stack.json'), JSON.stringify({ ...record(), version: 2 }));
    const other = await readStackRecord(directory);

    expect([missing, damaged, other]).toEqual([undefined, undefined, undefined]);
  });

  it('can be removed twice', async () => {
    await writeStackRecord(directory, record());

    await removeStackRecord(directory);
    await removeStackRecord(directory);

    expect(await findStack(directory)).toEqual({ kind: 'none' });
  });
});

describe('finding the stack', () => {
  it('one whose process is gone is stale, whoever answers', async () => {
    const { url, token, close } = await startControlServer(controlled);
    await writeStackRecord(directory, record({ pid: deadPid, control: { url, token } }));

    const found = await findStack(directory);
    await close();

    expect(found).toMatchObject({ kind: 'stale', record: { pid: deadPid } });
  });

  it('one whose process id belongs to another program now is stale: nobody answers, or somebody else', async () => {
    await writeStackRecord(directory, record());
    const silent = await findStack(directory);
    const stranger = await startControlServer(controlled);
    await writeStackRecord(directory, record({ control: { url: stranger.url, token: 'another' } }));
    const wrong = await findStack(directory);
    await stranger.close();

    expect([silent.kind, wrong.kind]).toEqual(['stale', 'stale']);
  });

  it('one that answers is running', async () => {
    const { url, token, close } = await startControlServer(controlled);
    await writeStackRecord(directory, record({ control: { url, token } }));

    const found = await findStack(directory);
    await close();

    expect(found.kind).toBe('running');
  });
});

describe('the claim of a state directory', () => {
  it('is refused where somebody else has a folder of a name that a stack would use, and writes nothing there', async () => {
    await mkdir(join(directory, 'key-vault'));

    expect(await claimState(directory)).toEqual({ kind: 'foreign', entries: ['key-vault'] });
    expect(await readdir(directory)).toEqual(['key-vault']);
  });

  it('lets its stack take away what it has made and nothing else', async () => {
    const claimed = await claimState(directory);
    if (claimed.kind === 'claimed') await claimed.release();
    await mkdir(join(directory, 'key-vault'));
    await writeFile(join(directory, 'notes.txt'), 'mine');

    await removeState(directory);

    expect(await readdir(directory)).toEqual(['notes.txt']);
  });

  it('is held until it is released', async () => {
    const first = await claimState(directory);
    const second = await claimState(directory);
    const holder = await findClaim(directory);
    if (first.kind === 'claimed') await first.release();
    const third = await claimState(directory);

    expect([first.kind, second, holder, third.kind]).toEqual([
      'claimed',
      { kind: 'held', pid: process.pid },
      process.pid,
      'claimed',
    ]);
  });

  it('of a process that is gone, or whose id was given out again, is taken over', async () => {
    await claimState(directory);
    await writeFile(join(directory, 'stack.pid'), `${deadPid} 1`);
    const dead = await findClaim(directory);
    await writeFile(join(directory, 'stack.pid'), `${process.pid} 1`);
    const reused = await findClaim(directory);

    expect([dead, reused]).toEqual([undefined, undefined]);
    expect((await claimState(directory)).kind).toBe('claimed');
    expect(await findClaim(directory)).toBe(process.pid);
  });
});

describe('a stale claim that many find at once', () => {
  const contend = () => Promise.all(Array.from({ length: 20 }, () => claimState(directory)));
  const winners = (claims: readonly Claim[]) => claims.filter(({ kind }) => kind === 'claimed').length;

  it.each([
    ['one of a process that is gone', `${deadPid} 1`],
    ['one that was never written to its end', ''],
  ])('is taken over by one of them, round for round: %s', async (_, stale) => {
    await claimState(directory);
    const won: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      await writeFile(join(directory, 'stack.pid'), stale);
      won.push(winners(await contend()));
    }

    expect(new Set(won)).toEqual(new Set([1]));
    expect((await readdir(directory)).toSorted()).toEqual(['.breakwater-state', 'stack.pid']);
  });

  it('is taken over by one of them where the one that took it over before ended halfway', async () => {
    await claimState(directory);
    await writeFile(join(directory, 'stack.pid'), `${deadPid} 1`);
    const name = (await whileTakenOver()) ?? '';
    await writeFile(join(directory, 'stack.pid'), `${deadPid} 1`);
    await writeFile(join(directory, name), `${deadPid} 2`);

    expect(winners(await contend())).toBe(1);
    expect(await findClaim(directory)).toBe(process.pid);
  });

  /** The name under which the take-over is claimed, as another process would see it meanwhile. */
  const whileTakenOver = async (): Promise<string | undefined> => {
    const watcher = watch(directory);
    const seen: string[] = [];
    watcher.on('change', (_, name) => seen.push(String(name)));
    await claimState(directory);
    const succession = () => seen.find((name) => /\.after-[0-9a-f]+$/u.test(name));
    await vi.waitFor(() => expect(succession()).toBeDefined(), 30_000);
    watcher.close();
    return succession();
  };

  it('never lets a claim be seen before its process stands in it', async () => {
    const path = join(directory, 'stack.pid');
    const seen: string[] = [];
    const watcher = watch(directory, () => existsSync(path) && seen.push(readFileSync(path, 'utf8')));
    for (let round = 0; round < 100; round += 1) {
      const claim = await claimState(directory);
      if (claim.kind === 'claimed') await claim.release();
    }
    watcher.close();

    expect(seen.filter((text) => !text.startsWith(`${process.pid} `))).toEqual([]);
  });
});

const quiet = { connections: 0, pieces: 0 };

const controlled = {
  queues: () => [],
  forgetDuplicates: () => {},
  faults: () => ({ 'blob-storage': 'none', 'service-bus': 'none', 'key-vault': 'none' }),
  traffic: () => ({ 'blob-storage': quiet, 'service-bus': quiet, 'key-vault': quiet }),
  setFault: async () => undefined,
};

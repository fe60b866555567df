import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { laterParts } from '../../../scripts/later-parts.ts';

const containerOf = (connectionString: string) =>
  BlobServiceClient.fromConnectionString(connectionString).getContainerClient('webhook-payloads');

/** Of sequelize, follow-redirects, jsonwebtoken and winston. */
const seldomUsedTexts = [
  'SequelizeConnectionError',
  'ERR_FR_TOO_MANY_REDIRECTS',
  'jwt malformed',
  'Attempt to write logs with no transports',
];

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('local blob storage', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'breakwater-blobs-'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  test('blob storage: what was written just before a stop is there after a start on the same state', async () => {
    const first = await startBlobStorage({ port: 0, stateDirectory: join(directory, 'state') });
    const written = containerOf(first.connectionString);
    await written.create();
    await written.getBlockBlobClient('github/a.json').upload('{"a":1}', 7);
    await first.close();

    const second = await startBlobStorage({ port: first.port, stateDirectory: join(directory, 'state') });
    const read = await containerOf(second.connectionString).getBlockBlobClient('github/a.json').downloadToBuffer();
    await second.close();

    expect(read.toString('utf8')).toBe('{"a":1}');
    expect(isRunning(first.pid)).toBe(false);
    expect(isRunning(second.pid)).toBe(false);
  });

  test('blob storage: blobs of any size, and parts of them, are read as they were written', async () => {
    const storage = await startBlobStorage({ port: 0, stateDirectory: join(directory, 'sizes') });
    const container = containerOf(storage.connectionString);
    await container.create();
    const sizes = [0, 1, 65_536, 65_537, 300_000];
    const bytesOf = (size: number): Buffer =>
      Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + size) % 251));
    for (const size of sizes) await container.getBlockBlobClient(`${size}`).upload(bytesOf(size), size);

    const whole = await Promise.all(sizes.map((size) => container.getBlobClient(`${size}`).downloadToBuffer()));
    const part = await container.getBlobClient('65537').downloadToBuffer(1_000, 2_000);
    await storage.close();

    expect(sizes.filter((size, at) => whole[at]?.equals(bytesOf(size)) !== true)).toEqual([]);
    expect(part.equals(bytesOf(65_537).subarray(1_000, 3_000))).toBe(true);
  });

  test('blob storage: what Azurite seldom uses is read when it is first used, and works as ever', async () => {
    const outfile = join(directory, 'later.cjs');
    const contents = `
      const { createRequire } = process.getBuiltinModule('node:module');
      const isSeldomUsed = (file) => /\\/(sequelize|follow-redirects|jws|logform)\\//.test(file);
      const read = () => Object.keys(createRequire(__filename).cache).filter(isSeldomUsed).length;
      const axios = require('axios');
      const sql = require('./SqlBlobServer');
      const atFirst = read();
      console.log(JSON.stringify([atFirst, typeof axios.default.head, sql.default.name, read() > 20]));`;
    const resolveDir = resolve('node_modules/azurite/dist/src/blob');
    await build({ stdin: { contents, resolveDir }, bundle: true, platform: 'node', outfile, plugins: [laterParts] });

    const env = { ...process.env, NODE_PATH: resolve('node_modules') };
    const printed = execFileSync(process.execPath, [outfile], { encoding: 'utf8', env });
    const azurite = await readFile('dist/local/azurite.cjs', 'utf8');

    expect(JSON.parse(printed)).toEqual([0, 'function', 'SqlBlobServer', true]);
    expect(seldomUsedTexts.filter((text) => azurite.includes(text))).toEqual([]);
  });

  test('blob storage: closing it at once, killing it, and closing it again all end its process', async () => {
    const closed = await startBlobStorage({ port: 0 });
    await closed.close();
    await closed.close();

    const killed = await startBlobStorage({ port: 0 });
    await killed.kill();
    await killed.close();

    expect([isRunning(closed.pid), isRunning(killed.pid)]).toEqual([false, false]);
  });

  test('blob storage: a taken port is named in the error', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;

    const failure = await startBlobStorage({ port }).catch((error: unknown) => error);

    holder.close();
    expect(failure).toMatchObject({ name: 'BlobStorageStartError', code: 'EADDRINUSE', port });
    expect(String(failure)).toContain(`port ${port} on 127.0.0.1 is taken`);
  });

  test('blob storage: ends, and saves, when the process that started it is killed', async () => {
    const stateDirectory = join(directory, 'orphan');
    const parent = await startParent(stateDirectory, directory);
    const { pid, connectionString } = await firstLine(parent);
    await containerOf(connectionString).create();

    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);

    await expectContainerIn(stateDirectory);
  });

  test('blob storage: ends what it is saving when the process that started it is killed meanwhile', async () => {
    const stateDirectory = join(directory, 'saving');
    const parent = await startParent(stateDirectory, directory, slowRename);
    const { pid, connectionString } = await firstLine(parent);
    await containerOf(connectionString).create();
    const half = join(stateDirectory, '__azurite_db_blob__.json~');
    await expect
      .poll(async () => (await readFile(half, 'utf8').catch(() => '')).includes('webhook-payloads'))
      .toBe(true);

    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);

    await expectContainerIn(stateDirectory);
  });
});

const expectContainerIn = async (stateDirectory: string): Promise<void> => {
  const again = await startBlobStorage({ port: 0, stateDirectory });
  const kept = await containerOf(again.connectionString).exists();
  await again.close();
  expect(kept).toBe(true);
};

/** A disk that takes two seconds to put a file that was written in the place of another. */
const slowRename = `
  import fs from 'node:fs';
  const { rename } = fs;
  fs.rename = (...given) => setTimeout(() => rename(...given), 2_000);`;

const startParent = async (stateDirectory: string, directory: string, first = ''): Promise<ChildProcess> => {
  const outfile = join(directory, 'parent.mjs');
  await build({
    stdin: {
      contents: `
        import { startBlobStorage } from './start-blob-storage.js';
        const storage = await startBlobStorage({ port: 0, stateDirectory: process.argv[2] });
        console.log(JSON.stringify({ pid: storage.pid, connectionString: storage.connectionString }));`,
      resolveDir: resolve('local/blob-storage'),
      loader: 'ts',
    },
    define: { 'import.meta.dirname': JSON.stringify(resolve('local/blob-storage')) },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
  });
  const env = { ...process.env, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(first)}` };
  return spawn(process.execPath, [outfile, stateDirectory], { env, stdio: ['ignore', 'pipe', 'inherit'] });
};

const firstLine = async (child: ChildProcess): Promise<{ pid: number; connectionString: string }> => {
  if (child.stdout === null) throw new TypeError('the parent has no output');
  const [chunk] = await once(child.stdout, 'data');
  return JSON.parse(String(chunk));
};

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { githubPayloads } from '../support/github-payloads.js';
import { isQuick } from '../support/is-quick.js';
import { type Row, ratio, reportPart } from '../support/report-part.js';

/**
 * Memory and CPU of bodies in a parse like the host's, under the heap that .NET takes on an instance of 2,048 MB. Wants the .NET 10
 * SDK, and NuGet for Newtonsoft.Json; without them it measures nothing and says so.
 */
const folder = mkdtempSync(join(tmpdir(), 'breakwater-host-parse-'));
const mib = 2 ** 20;
const heapOfInstance = `0x${(1_536 * mib).toString(16)}`;

const build = (): string | undefined => {
  const source = join(import.meta.dirname, 'parse.cs');
  const out = join(folder, 'out');
  const { status } = spawnSync('dotnet', ['build', source, '-c', 'Release', '-o', out], { stdio: 'ignore' });
  return status === 0 ? join(out, 'parse') : undefined;
};

const zeros = (mb: number): Buffer => Buffer.from(`{"a":[0${',0'.repeat((mb * mib) / 2 - 4)}]}`);

const honest = (mb: number): Buffer => {
  const [small] = githubPayloads();
  const times = Math.ceil((mb * mib) / (small?.body.length ?? 1));
  return Buffer.from(`{"a":[${Array.from({ length: times }, () => small?.body.toString()).join(',')}]}`);
};

interface Reading {
  readonly outOfMemory: boolean;
  readonly peakMb?: number;
  readonly cpuSeconds?: number;
}

const measure = (program: string, count: number, body: Buffer): Reading => {
  const file = join(folder, 'body.json');
  writeFileSync(file, body);
  const environment = { ...process.env, DOTNET_GCHeapHardLimit: heapOfInstance };
  const { stdout } = spawnSync(program, [String(count), file], { env: environment, encoding: 'utf8' });
  return stdout.includes('"peakMb"') ? JSON.parse(stdout) : { outOfMemory: true };
};

const rowOf = (program: string, count: number, mb: number, what: 'zeros' | 'honest'): Row => {
  const { outOfMemory, peakMb, cpuSeconds } = measure(program, count, what === 'zeros' ? zeros(mb) : honest(mb));
  return {
    what: `${count} × ${mb} MB of ${what}`,
    'peak, MB': outOfMemory ? 'out of memory' : (peakMb ?? Number.NaN),
    'CPU, s': outOfMemory ? '' : (cpuSeconds ?? Number.NaN),
  };
};

const program = build();
if (program === undefined)
  console.log('No .NET 10 SDK with NuGet here: nothing is measured, docs/real-host.md has the figures.');
else {
  const counts = isQuick ? [1] : [1, 2, 8, 32];
  const sizes = isQuick ? [1] : [1, 5, 25];
  const rows = counts.flatMap((count) => sizes.map((mb) => rowOf(program, count, mb, 'zeros')));
  const own = isQuick
    ? []
    : [rowOf(program, 1, 25, 'honest'), rowOf(program, 2, 25, 'honest'), rowOf(program, 8, 25, 'honest')];
  const one = Number(rows[0]?.['peak, MB']);
  reportPart({
    part: 'host-parse',
    rows: [...rows, ...own],
    ratios: [ratio({ name: '1 body of 1 MB, MB with a process at rest', value: one, atMost: 160 })],
  });
}
rmSync(folder, { recursive: true, force: true });
process.exit();

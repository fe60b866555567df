import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isProcessAlive } from '../../local/stack/find-stack.js';
import { defaultPorts } from '../../local/stack/ports.js';
import { runCommand } from '../support/run-command.js';

const logIn = (stdout: string): string => /everything it prints in (\S+)/.exec(stdout)?.[1] ?? '';

describe('npm run demo', () => {
  test('tells the whole story and ends with a ledger that balances, on ports and in a folder of its own', async () => {
    const { code, stdout, stderr } = await runCommand('demo', '--fast');

    expect(code, stderr).toBe(0);
    const chapters = [...stdout.matchAll(/ \d+\. (.+?)(?: {3}|$)/gm)].map(([, title]) => title);
    expect(chapters).toEqual([
      'Traffic flows',
      'Blob Storage dies',
      'Blob Storage is back',
      'Service Bus dies',
      'Service Bus is back',
      'Everything arrives',
      'The ledger',
    ]);
    for (const line of [
      'blob-storage  Closed → Open',
      'service-bus  Closed → Open',
      '202 deferred',
      'not archived yet',
    ])
      expect(stdout).toContain(line);
    expect(stdout).toMatch(/ {2}lost +0\n {2}duplicates +0\n {2}altered +0\n {2}forged, let in +0\n/);
    expect(stdout).toContain('✓ It balances');
    expect(stderr).toMatch(/\[#+\.*\] \d+\/30 s/);
    expect(Object.values(defaultPorts)).not.toContain(Number(/It runs: http:\/\/127\.0\.0\.1:(\d+)/.exec(stdout)?.[1]));
    expect(existsSync(dirname(logIn(stdout)))).toBe(false);
  });

  test('asked to end in the middle, it leaves nothing behind', async () => {
    const demo = spawn(process.execPath, [resolve(import.meta.dirname, '../../dist/local/demo.js'), '--fast']);
    let printed = '';
    demo.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
    });
    await expect.poll(() => printed).toContain('1. Traffic flows');

    demo.kill('SIGINT');
    const [code] = await once(demo, 'close');

    expect(code).toBe(130);
    expect(existsSync(dirname(logIn(printed)))).toBe(false);
    expect(isProcessAlive(demo.pid ?? 0)).toBe(false);
  });
});

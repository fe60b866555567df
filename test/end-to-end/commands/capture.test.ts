import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../../support/run-command.js';
import { type RunningStack, startStack } from '../../support/start-stack.js';

let stack: RunningStack;
let folder: string;
let capture: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breakwater-captured-'));
  stack = await startStack({ environment: { PROVIDERS: 'github,gitlab' } });
}, 120_000);

afterAll(async () => {
  capture?.kill('SIGKILL');
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('what arrives is kept without its secrets, and sent again is accepted, as a duplicate where the delivery says which it is', async () => {
  const state = ['--state', stack.stateDirectory];
  const script = resolve('dist/local/capture.js');
  const running = spawn(process.execPath, [script, '--port', '0', '--to', folder, ...state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  capture = running;
  let printed = '';
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await expect.poll(() => printed, { timeout: 60_000 }).toMatch(/Listening on (\S+) for/);
  const url = /Listening on (\S+) for/.exec(printed)?.[1] ?? '';

  const sent = await runCommand('send', 'github', 'push', '--url', url, ...state);
  const sentToo = await runCommand('send', 'gitlab', 'push', '--url', url, ...state);
  expect([sent.stdout, sentToo.stdout, sentToo.stderr]).toEqual([
    expect.stringMatching(/^20[02] /),
    expect.stringMatching(/^20[02] /),
    '',
  ]);
  await expect.poll(() => printed.match(/^20[02] /gm)?.length, { timeout: 60_000 }).toBe(2);
  running.kill('SIGINT');
  const [code] = await once(running, 'close');
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.http')).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const again = await runCommand('send', 'github', '--replay', join(folder, 'github'), ...state);
  const gitlabAgain = await runCommand('send', 'gitlab', '--replay', join(folder, 'gitlab'), ...state);

  expect([code, printed]).toEqual([0, expect.stringContaining('Kept 2 webhooks in ')]);
  expect(files).toEqual(['github/0001-push.http', expect.stringMatching(/^gitlab\/0001-push/)]);
  for (const text of texts) expect(text).not.toMatch(/signature|sha256=|x-gitlab-token|Secret to Everybody/i);
  for (const { stdout } of [again, gitlabAgain]) {
    expect(stdout).toMatch(/^20[02] (Accepted|OK)/m);
    expect(stdout).toMatch(/type +git(hub|lab)\.push/);
  }
  // GitLab's own key of the delivery is kept; a delivery id of GitHub is made anew.
  expect(again.stdout).toMatch(/duplicate +false/);
  expect(gitlabAgain.stdout).toMatch(/duplicate +true/);
});

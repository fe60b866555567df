import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isProcessAlive } from '../../../local/stack/find-stack.js';
import { runCommand } from '../../support/run-command.js';
import { startStack } from '../../support/start-stack.js';

/** The processes whose command line names this folder; only Linux says so. */
const processesNaming = async (folder: string): Promise<readonly number[]> => {
  const pids = (await readdir('/proc').catch(() => [])).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  const lines = await Promise.all(
    pids.map(async (pid) => ({ pid, line: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })),
  );
  return lines.filter(({ line }) => line.includes(folder)).map(({ pid }) => Number(pid));
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breakwater-start-'));
});

afterEach(async () => {
  for (const pid of await processesNaming(folder)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

describe.runIf(process.platform === 'linux')('starting and stopping', () => {
  test('what waited before a stop waits after the next start, and a stop leaves nothing running', async () => {
    const stateDirectory = join(folder, 'state');
    const first = await startStack({ stateDirectory });
    await runCommand('send', 'github', 'issues.opened', '--state', stateDirectory);
    const code = await first.stop();
    const left = await processesNaming(stateDirectory);
    const found = await runCommand('queues', '--state', stateDirectory);

    const second = await startStack({ stateDirectory });
    const queues = await second.control.queues();
    await second.stop();
    const cleaned = await runCommand('clean', '--state', stateDirectory);

    expect([code, left]).toEqual([0, []]);
    expect(found.stderr).toContain('The local stack is not running');
    expect(queues).toContainEqual(expect.objectContaining({ name: 'bot-task-tactician', active: 1 }));
    expect(cleaned.stdout).toContain(`Removed ${stateDirectory}`);
    expect(await readdir(folder)).toEqual([]);
  });

  test('killed without a chance to stop, it leaves nothing running, and its record is known to be stale', async () => {
    const stateDirectory = join(folder, 'state');
    const stack = await startStack({ stateDirectory });
    const before = await processesNaming(stateDirectory);

    process.kill(stack.pid, 'SIGKILL');
    await expect.poll(() => processesNaming(stateDirectory)).toEqual([]);

    const queues = await runCommand('queues', '--state', stateDirectory);
    expect(before.length).toBeGreaterThanOrEqual(3);
    expect(queues.stderr).toContain(`The local stack (process ${stack.pid}) has ended without saying so`);
  });

  test('it ends when the npm that runs it is killed', async () => {
    const stateDirectory = join(folder, 'state');
    const script = join(import.meta.dirname, '../../../dist/local/start.js');
    const command = `"${process.execPath}" "${script}" --host built-in --port auto --state "${stateDirectory}"; true`;
    const npm = spawn(
      process.execPath,
      ['-e', `require('node:child_process').spawn('sh', ['-c', process.argv[1]], { stdio: 'inherit' })`, command],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, npm_lifecycle_event: 'start' } },
    );
    let printed = '';
    npm.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
    });
    await expect.poll(() => printed).toContain('Ctrl-C stops everything');

    npm.kill('SIGKILL');

    await expect.poll(() => processesNaming(stateDirectory)).toEqual([]);
    expect(printed).toContain('Stopping…');
  });

  test('a dependency that dies ends everything with an exit code that says so', async () => {
    const stateDirectory = join(folder, 'state');
    const stack = await startStack({ stateDirectory });
    const [azurite] = await processesNaming(join(stateDirectory, 'blob-storage'));

    process.kill(azurite ?? 0, 'SIGKILL');
    await expect.poll(() => isProcessAlive(stack.pid)).toBe(false);

    expect(await stack.stop()).toBe(1);
    expect(stack.output()).toContain('Blob Storage has ended by itself');
    expect(await processesNaming(stateDirectory)).toEqual([]);
  });

  test("the dependencies run alone, for a host of one's own", async () => {
    const stateDirectory = join(folder, 'state');
    const script = join(import.meta.dirname, '../../../dist/local/emulators.js');
    const emulators = spawn(process.execPath, [script, '--port', 'auto', '--state', stateDirectory], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    let printed = '';
    emulators.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
    });
    await once(emulators, 'message');
    const queues = await runCommand('queues', '--state', stateDirectory);
    emulators.kill('SIGTERM');
    const [code] = await once(emulators, 'close');

    expect(queues.stdout).toContain('bot-task-tactician');
    expect(printed).toContain('cp local.settings.sample.json local.settings.json && func start');
    expect([code, await processesNaming(stateDirectory)]).toEqual([0, []]);
  });

  test('a wrong setting is refused with what it should be, before anything starts', async () => {
    const failed = await startStack({ environment: { REQUEST_BUDGET_MS: 'soon' } }).catch(String);

    expect(failed).toContain('REQUEST_BUDGET_MS is "soon"; expected a whole number');
    expect(failed).not.toContain('Starting, with the state');
  });

  test('settings of a file are taken as func takes them, but for what is exported, and the start says which', async () => {
    const file = join(folder, 'mine.settings.json');
    const values = { PROVIDERS: 'github,slack', QUEUE_UNAVAILABLE: 'defer' };
    await writeFile(file, `{ "Values": ${JSON.stringify(values)}, /* mine */ }`);

    const stack = await startStack({ args: ['--settings', file], environment: { QUEUE_UNAVAILABLE: 'reject' } });
    const slack = await fetch(`${stack.hostUrl}/api/webhooks/slack`, { method: 'POST', body: '{}' });
    await stack.stop();

    expect(slack.status).not.toBe(404);
    expect(stack.output()).toContain(`PROVIDERS from ${file}; QUEUE_UNAVAILABLE from the environment, which wins`);
  });

  test('a bots file that is wrong is refused with every problem, before anything starts', async () => {
    const failed = await startStack({ bots: { bots: [{ name: 'A', queue: 'q', events: [] }] } }).catch(String);

    expect(failed).toContain('bots[0].name');
    expect(failed).toContain('bots[0].events');
  });

  test('Core Tools are run where they are installed, and end with the stack however that ends', async () => {
    await writeFakeFunc(folder);
    const environment = { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
    const args = ['--host', 'auto', '--enable-auth'];

    const stopped = await startStack({ args, environment, stateDirectory: join(folder, 'one') });
    const called = JSON.parse(await readFile(join(folder, 'called.json'), 'utf8'));
    const health = await fetch(`${stopped.hostUrl}/api/health/live`);
    const code = await stopped.stop();
    const afterStop = await processesNaming(folder);
    const killed = await startStack({ args, environment, stateDirectory: join(folder, 'two') });
    process.kill(killed.pid, 'SIGKILL');

    expect(called.args).toEqual(['start', '--port', new URL(stopped.hostUrl).port, '--enableAuth']);
    expect(called.vaultUri).toBe(stopped.vaultUri);
    expect(health.status).toBe(200);
    expect([code, afterStop]).toEqual([0, []]);
    await expect.poll(() => processesNaming(folder)).toEqual([]);
  });
});

/** Core Tools as far as the stack knows them: a version, a host that answers, and a worker of its own. */
const writeFakeFunc = async (where: string): Promise<void> => {
  const script = `#!${process.execPath}
    const { spawn } = require('node:child_process');
    const { writeFileSync } = require('node:fs');
    const args = process.argv.slice(2);
    if (args[0] === '--version') { console.log('4.0.9999'); process.exit(0); }
    const worker = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', ${JSON.stringify(where)}]);
    writeFileSync(${JSON.stringify(join(where, 'called.json'))}, JSON.stringify({ args, vaultUri: process.env.KeyVault__vaultUri }));
    require('node:http').createServer((_, reply) => reply.end('{}')).listen(Number(args[2]), '127.0.0.1');
    process.on('SIGINT', () => process.exit(0));`;
  await writeFile(join(where, 'func'), script);
  await chmod(join(where, 'func'), 0o755);
};

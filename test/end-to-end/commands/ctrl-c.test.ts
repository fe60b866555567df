import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../support/run-command.js';
import { type RunningStack, startStack } from '../../support/start-stack.js';

let running: ChildProcess | undefined;

afterEach(() => {
  running?.kill('SIGKILL');
  running = undefined;
});

/** A command as a terminal runs it: Ctrl-C reaches its whole process group. */
const startCommand = (name: string, args: readonly string[]) => {
  const child = spawn(process.execPath, [resolve('dist/local', `${name}.js`), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running = child;
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const closed = once(child, 'close');
  return {
    output: () => printed,
    interrupt: async (): Promise<number | null> => {
      process.kill(-(child.pid ?? 0), 'SIGINT');
      const [code] = await closed;
      return code;
    },
  };
};

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const soFar = 'Ended by Ctrl-C: this is what there is so far.';

describe.runIf(process.platform !== 'win32')('Ctrl-C', () => {
  it.each([
    {
      command: 'soak --events 400 --seed 7',
      underway: 'steps, round',
      summary: /accepted[\s\S]*✓ Nothing accepted was lost/,
      last: soFar,
    },
    {
      command: 'fuzz --seconds 60 --seed 7',
      underway: /\d+ requests/,
      summary: /\d+ requests, the slowest took [\s\S]*✓ Every answer was one that is stated/,
      last: soFar,
    },
    {
      command: 'availability --seconds 100 --rate 4 --seed 7 --only app',
      underway: 'deliveries sent',
      summary: /Breakwater/,
      last: soFar,
    },
    {
      command: 'bench breaker pipeline --quick',
      underway: 'Benchmark pipeline (2 of 2)',
      summary: 'Measured: breaker',
      last: `${soFar} Go on with: npm run bench -- pipeline --quick`,
    },
  ])('ends "$command" with its summary so far', async ({ command, underway, summary, last }) => {
    const [name = '', ...args] = command.split(' ');
    const started = startCommand(name, args);
    await expect.poll(started.output).toMatch(underway);

    const code = await started.interrupt();

    expect(started.output()).toMatch(summary);
    expect([code, lastLine(started.output())]).toEqual([130, last]);
  });

  describe('beside a running stack', () => {
    const sent = 200;
    let stack: RunningStack;

    beforeAll(async () => {
      stack = await startStack();
      await runCommand('send', 'github', 'push', '--count', String(sent), '--state', stack.stateDirectory);
      return async () => {
        await stack.stop();
      };
    });

    it('ends a replay with what was sent, and says how to go on', async () => {
      await stack.setFault('service-bus', 'slow 2500');
      const copies = async (): Promise<number> =>
        (await stack.control.queues()).find(({ name }) => name === 'bot-notifier')?.active ?? 0;
      const from = new Date(Date.now() - 3_600_000).toISOString();
      const replay = ['replay', '--from', from, '--force', '--state', stack.stateDirectory];
      const started = startCommand('events', replay);
      await expect.poll(copies).toBeGreaterThan(sent);

      const code = await started.interrupt();
      await stack.setFault('service-bus', 'none');

      expect(started.output()).toMatch(/^[1-9]\d* events, [1-9]\d* copies sent$/m);
      expect(lastLine(started.output())).toMatch(/^Ended by Ctrl-C: .* Go on with: --from \S+ --force-key \S+$/);
      expect(code).toBe(130);
    });

    it('ends sending with what was answered', async () => {
      const args = ['github', 'push', '--count', '1000', '--rate', '20', '--state', stack.stateDirectory];
      const started = startCommand('send', args);
      await expect.poll(started.output, { timeout: 60_000 }).toContain('100/1000');

      const code = await started.interrupt();

      expect(started.output()).toMatch(/^\d{3} deliveries in /m);
      expect([code, lastLine(started.output())]).toEqual([130, soFar]);
    });
  });
});

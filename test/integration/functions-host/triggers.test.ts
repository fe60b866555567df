import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture, type HostProcess, scratchDirectory, startHostProcess } from './host-process.js';

interface Seen {
  readonly kind: string;
  readonly message?: unknown;
  readonly type?: string;
  readonly trace?: string;
  readonly timer?: {
    readonly isPastDue: boolean;
    readonly schedule: { readonly adjustForDST: boolean };
    readonly scheduleStatus: Readonly<Record<string, string>> | null;
  };
}

describe('functions host: timers, manual runs and hooks', () => {
  let host: HostProcess;
  let stateDirectory: string;

  beforeAll(async () => {
    stateDirectory = await scratchDirectory();
    host = await startHostProcess({
      app: fixture('triggers'),
      args: ['--port', '0', '--state', stateDirectory],
      env: { OFTEN_SCHEDULE: '* * * * * *', 'AzureWebJobs.switched-off.Disabled': 'true' },
    });
  });

  afterAll(async () => {
    await host.end();
    await rm(stateDirectory, { recursive: true });
  });

  const seen = async (kind: string): Promise<Seen> => {
    for (;;) {
      const response = await fetch(`${host.url}/api/seen`);
      const all: readonly Seen[] = JSON.parse(await response.text());
      const found = all.findLast((one) => one.kind === kind);
      if (found !== undefined) return found;
      await wait(20);
    }
  };

  const runByHand = (name: string, body: string, contentType = 'application/json'): Promise<Response> =>
    fetch(`${host.url}/admin/functions/${name}`, { method: 'POST', body, headers: { 'content-type': contentType } });

  test('a timer fires on the schedule that its setting names', async () => {
    const { timer } = await seen('often');

    expect(timer).toEqual({ schedule: { adjustForDST: true }, scheduleStatus: null, isPastDue: false });
  });

  test('a timer that asks for it runs at start, and is told its schedule', async () => {
    const { timer } = await seen('at-start');

    expect(timer).toMatchObject({ isPastDue: false, scheduleStatus: { last: '0001-01-01T00:00:00' } });
    expect(timer?.scheduleStatus?.['next']).toMatch(/^\d{4}-/);
  });

  test('a disabled function does not run', async () => {
    await seen('often');
    const all = await (await fetch(`${host.url}/api/seen`)).text();

    expect(all).not.toContain('switched-off');
  });

  test('a trigger that is not listened to is pointed out, with the way to run it by hand', () => {
    expect(host.output()).toContain("'from-queue' has a serviceBusTrigger");
    expect(host.output()).toContain('POST /admin/functions/from-queue');
  });

  test('a function runs by hand with the input it is given', async () => {
    const accepted = await runByHand('from-queue', JSON.stringify({ input: '{"order":1}' }));
    const { message, type, trace } = await seen('from-queue');

    expect(accepted.status).toBe(202);
    expect(message).toEqual({ order: 1 });
    expect(type).toBe('object');
    expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  test('a timer runs by hand without an input', async () => {
    expect((await runByHand('AT-START', '{}')).status).toBe(202);
  });

  test('what a function run by hand throws is in the log', async () => {
    expect((await runByHand('failing-queue', '{"input":"x"}')).status).toBe(202);

    await host.printed('the queue handler failed');
  });

  test.each([
    ['unknown', '{}', 'application/json', 404],
    ['hooked', '{"input":""}', 'application/json', 400],
    ['from-queue', 'not json', 'application/json', 400],
    ['from-queue', '[]', 'application/json', 400],
    ['from-queue', '{}', 'text/plain', 415],
    ['from-queue', `{"input":"${'x'.repeat(1024 * 1024)}"}`, 'application/json', 413],
  ])('running %s by hand with a body that does not fit is refused', async (name, body, contentType, status) => {
    expect((await runByHand(name, body, contentType)).status).toBe(status);
  });

  test('the admin list names every function with its bindings', async () => {
    const response = await fetch(`${host.url}/admin/functions`);

    expect(JSON.parse(await response.text())).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'switched-off', isDisabled: true })]),
    );
  });

  test('hooks may change the input and the result of an invocation', async () => {
    const response = await fetch(`${host.url}/api/hooked`);

    expect(await response.json()).toBe('input from the hook and the hook');
  });

  test('log hooks see the lines of the app, and host.json decides which are printed', async () => {
    await fetch(`${host.url}/api/chatty`);
    await fetch(`${host.url}/api/quiet`);

    await host.printed("Executed 'Functions.quiet'");
    expect(host.output()).toContain('a trace line [chatty]');
    expect(host.output()).toContain('an error line [chatty]');
    expect(host.output()).not.toContain('a line nobody asked for');
  });
});

describe('functions host: timers across restarts', () => {
  test('a timer that missed an occurrence while the host was down runs at once as past due', async () => {
    const stateDirectory = await scratchDirectory();
    const january = new Date(2026, 0, 1).getTime();
    const missed = { lastMs: new Date(2025, 0, 1).getTime(), nextMs: january, lastUpdatedMs: january };
    await writeFile(`${stateDirectory}/at-start.json`, JSON.stringify(missed));
    const host = await startHostProcess({
      app: fixture('triggers'),
      args: ['--port', '0', '--state', stateDirectory],
      env: { OFTEN_SCHEDULE: '0 0 0 1 1 *' },
    });

    await host.printed("Executed 'Functions.at-start'");
    const all: readonly Seen[] = JSON.parse(await (await fetch(`${host.url}/api/seen`)).text());

    expect(all.filter(({ kind }) => kind === 'at-start')).toHaveLength(1);
    expect(all.find(({ kind }) => kind === 'at-start')?.timer).toMatchObject({
      isPastDue: true,
      scheduleStatus: { next: new Date(january).toISOString() },
    });
    await host.end();
    await rm(stateDirectory, { recursive: true });
  });
});

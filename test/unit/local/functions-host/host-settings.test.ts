import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCommandLine } from '../../../../local/functions-host/command-line.js';
import { listFunctions } from '../../../../local/functions-host/describe-functions.js';
import { type Environment, type HostJson, readHostJson } from '../../../../local/functions-host/host-json.js';
import type { HostLogEntry } from '../../../../local/functions-host/host-log.js';
import { filterLog } from '../../../../local/functions-host/log-filter.js';
import { RunningWork } from '../../../../local/functions-host/running-work.js';
import { fileScheduleStatus } from '../../../../local/functions-host/timers/schedule-status.js';
import { ManualClock } from '../../../support/manual-clock.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'functions-host-'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('host.json', () => {
  const read = async (content: string, environment: Environment = {}): Promise<HostJson> => {
    await writeFile(join(directory, 'host.json'), content);
    return readHostJson(directory, environment);
  };

  test('the route prefix is api unless it says otherwise', async () => {
    expect((await read('{"version":"2.0"}')).extensions.http.routePrefix).toBe('api');
    expect((await read('{"version":"2.0","extensions":{"serviceBus":{}}}')).extensions.http.routePrefix).toBe('api');
    expect((await read('{"version":"2.0","extensions":{"http":{"routePrefix":""}}}')).extensions.http.routePrefix).toBe(
      '',
    );
  });

  test('settings lie over it', async () => {
    const hostJson = await read('{"version":"2.0","logging":{"logLevel":{"default":"Warning"}}}', {
      AzureFunctionsJobHost__logging__LogLevel__Default: 'Error',
      AZUREFUNCTIONSJOBHOST__extensions__http__routePrefix: 'v2',
      Unrelated: 'x',
    });

    expect(hostJson.logging.logLevel).toEqual({ default: 'Error' });
    expect(hostJson.extensions.http.routePrefix).toBe('v2');
  });

  test.each([
    '',
    '[]',
    '{}',
    '{"version":"1.0"}',
    '{"version":"2.0","extensions":{"http":{"routePrefix":1}}}',
  ])('%s is refused with its place', async (content) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'host-json-invalid',
      message: expect.stringContaining(join(directory, 'host.json')),
    });
  });

  test('a missing file is refused', async () => {
    await expect(readHostJson(directory, {})).rejects.toMatchObject({ code: 'host-json-invalid' });
  });
});

describe('log filter', () => {
  test('the longest category that fits decides', () => {
    const lines: string[] = [];
    const log = filterLog(({ message }: HostLogEntry) => lines.push(message), {
      default: 'Warning',
      Function: 'Information',
      'Function.loud.User': 'Trace',
      'Function.mute': 'None',
    });
    const entries: readonly (readonly [HostLogEntry['level'], string])[] = [
      ['information', 'Host'],
      ['warning', 'Host'],
      ['information', 'Function.any'],
      ['debug', 'Function.any.User'],
      ['trace', 'Function.loud.User'],
      ['critical', 'Function.mute.User'],
      ['information', 'Functional'],
    ];

    for (const [level, category] of entries) log({ level, category, message: `${level} ${category}` });

    expect(lines).toEqual(['warning Host', 'information Function.any', 'trace Function.loud.User']);
  });
});

describe('command line', () => {
  test('everything has its flag', () => {
    const line =
      '--app dir --port 80 --hostname ::1 --enable-auth --function-key f --master-key m --state s --front --as-azure 2048';

    expect(readCommandLine(line.split(' '))).toEqual({
      appDirectory: 'dir',
      port: 80,
      hostname: '::1',
      enableAuth: true,
      isFront: true,
      isBrief: false,
      asAzureMb: 2048,
      functionKey: 'f',
      masterKey: 'm',
      stateDirectory: 's',
    });
  });

  test('the usual port is 7071, and auto finds one', () => {
    expect(readCommandLine(['--app', 'd'])).toEqual({
      appDirectory: 'd',
      port: 7071,
      enableAuth: false,
      isFront: false,
      isBrief: false,
    });
    expect(readCommandLine(['--app', 'd', '--port', 'auto']).port).toBe('auto');
  });

  test.each([
    [[]],
    [['--app']],
    [['--app', 'd', '--port', '65536']],
    [['--app', 'd', '--port', '-1']],
    [['--app', 'd', 'x']],
  ])('%j is refused', (args) => {
    expect(() => readCommandLine(args)).toThrow();
  });
});

describe('function list', () => {
  test('HTTP functions come first, with their methods and URLs', () => {
    const list = listFunctions([
      { name: 'tick', trigger: 'timerTrigger' },
      { name: 'hook', trigger: 'httpTrigger', route: 'h', methods: ['POST'], url: 'http://x/api/h' },
    ]);

    expect(list.replaceAll(/\s+/g, ' ')).toBe('Functions: hook: [POST] http://x/api/h tick: timerTrigger');
  });
});

describe('running work', () => {
  test('idle waits for what runs and no longer', async () => {
    const clock = new ManualClock();
    const work = new RunningWork();
    const { promise, resolve } = Promise.withResolvers<void>();
    const tracked = work.track(() => promise);

    const idle = work.idle(clock, 1_000);
    resolve();

    await tracked;
    expect(await idle).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('idle gives up after its time and says how much still runs', async () => {
    const clock = new ManualClock();
    const work = new RunningWork();
    void work.track(() => new Promise(() => undefined));

    const idle = work.idle(clock, 1_000);
    clock.advance(1_000);

    expect(await idle).toBe(1);
  });

  test('work that fails is over too', async () => {
    const work = new RunningWork();

    await expect(work.track(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');

    expect(await work.idle(new ManualClock(), 1_000)).toBe(0);
  });
});

describe('schedule status on disk', () => {
  test('what was written is read again by another run', async () => {
    const path = join(directory, 'timers');
    await fileScheduleStatus(path).write('drain', { lastMs: 1, nextMs: 2, lastUpdatedMs: 1 });

    expect(await fileScheduleStatus(path).read('drain')).toEqual({ lastMs: 1, nextMs: 2, lastUpdatedMs: 1 });
    expect(await fileScheduleStatus(path).read('other')).toBeUndefined();
  });

  test('a file that cannot be understood counts as missing', async () => {
    await writeFile(join(directory, 'drain.json'), '{ half a fi');

    expect(await fileScheduleStatus(directory).read('drain')).toBeUndefined();
  });
});

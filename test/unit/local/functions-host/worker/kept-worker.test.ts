import { describe, expect, test } from 'vitest';
import type { RpcInvocationRequest } from '../../../../../local/functions-host/core/rpc-messages.js';
import type { AppWorker, StartWorker } from '../../../../../local/functions-host/worker/app-worker.js';
import { levelOfErrorLine } from '../../../../../local/functions-host/worker/console-lines.js';
import { keepWorker } from '../../../../../local/functions-host/worker/kept-worker.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { settled } from '../../../../support/until.js';

const request: RpcInvocationRequest = {
  invocationId: 'id-1',
  functionId: 'f',
  inputData: [],
  triggerMetadata: {},
  traceContext: { traceParent: '', traceState: '', attributes: {} },
  retryContext: null,
};

/** Workers that die when they are told to; each answers with its number. */
const startWorkers = (failingStarts: readonly number[] = []) => {
  const deaths: ((how: string) => void)[] = [];
  let starts = 0;
  const start: StartWorker = async () => {
    starts += 1;
    const pid = starts;
    if (failingStarts.includes(pid)) throw new Error(`start ${pid} fails`);
    const died = Promise.withResolvers<string>();
    deaths.push(died.resolve);
    return {
      pid,
      functions: [],
      died: died.promise,
      terminate: async () => undefined,
      invoke: async () => ({ kind: 'succeeded', response: { invocationId: String(pid) } }),
    };
  };
  return { start, die: () => deaths.at(-1)?.('it died') };
};

const served = async (worker: AppWorker): Promise<unknown> => {
  const answer = await worker.invoke(request);
  return answer.kind === 'succeeded' ? answer.response.invocationId : answer.kind;
};

const keep = async (failingStarts?: readonly number[]) => {
  const clock = new ManualClock();
  const { start, die } = startWorkers(failingStarts);
  let failure: string | undefined;
  const worker = await keepWorker(start, { appDirectory: '.', log: () => undefined, clock });
  void worker.died.then((how) => {
    failure = how;
  });
  const death = async (): Promise<void> => {
    die();
    await settled();
  };
  return { worker, clock, death, failure: () => failure };
};

describe('functions host: a worker that is kept', () => {
  test('is followed by another one, which takes what comes', async () => {
    const { worker, death, failure } = await keep();

    await death();

    expect(await served(worker)).toBe('2');
    expect(failure()).toBeUndefined();
  });

  test('is given up at the third death within half an hour, and what comes then fails', async () => {
    const { worker, clock, death, failure } = await keep();

    for (let deaths = 0; deaths < 3; deaths += 1) {
      clock.advance(10 * 60_000);
      await death();
    }

    expect(failure()).toContain('Exceeded language worker restart retry count');
    expect(await served(worker)).toBe('failed');
  });

  test('may die ever so often when half an hour lies between', async () => {
    const { worker, clock, death, failure } = await keep();

    for (let deaths = 0; deaths < 10; deaths += 1) {
      clock.advance(16 * 60_000);
      await death();
    }

    expect(failure()).toBeUndefined();
    expect(await served(worker)).toBe('11');
  });

  test('counts a start that fails as a death, and tries again', async () => {
    const { worker, death, failure } = await keep([2]);

    await death();

    expect(await served(worker)).toBe('3');
    await death();
    expect(failure()).toContain('Exceeded');
  });
});

test.each([
  ['listening', 'information'],
  ['it FAILED', 'error'],
  ['TypeError: no', 'error'],
  ['a severe case', 'error'],
  ['Warning: it failed', 'warning'],
])('functions host: the line "%s" on standard error is of level %s', (line, level) => {
  expect(levelOfErrorLine(line)).toBe(level);
});

import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { realClock } from './real-clock.js';

const create = (operationTimeoutMs: number): CircuitBreaker<string, unknown> =>
  new CircuitBreaker({
    name: 'warehouse',
    options: { ...defaultBreakerOptions, failureThreshold: 1_000, operationTimeoutMs },
    classify: (error) => ({ verdict: 'failure', error }),
    clock: realClock,
  });

const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** On a thread of its own: says when it has got 20 requests, and answers them 100 ms later. */
const slowServer = `
  const { parentPort } = require('node:worker_threads');
  const asked = [];
  const answerAll = () => asked.forEach((socket) => socket.end('answer'));
  const server = require('node:net').createServer((socket) => socket.on('error', () => {}).once('data', () => {
    if (asked.push(socket) < 20) return;
    setTimeout(answerAll, 100);
    parentPort.postMessage('all asked');
  }));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

const ask = async (port: number, signal: AbortSignal): Promise<string> => {
  const socket = connect({ port, host: '127.0.0.1', signal }).setEncoding('utf8');
  socket.write('question');
  const [answer] = await once(socket, 'data', { signal });
  return String(answer);
};

/** A process that leaves calls without an answer behind, with their deadlines an hour away. */
const hangingCalls = `
  import { CircuitBreaker } from './src/circuit-breaker/circuit-breaker.js';
  import { defaultBreakerOptions } from './src/circuit-breaker/presets.js';
  import { realClock } from './test/unit/circuit-breaker/real-clock.js';
  const options = { ...defaultBreakerOptions, operationTimeoutMs: 3_600_000 };
  const breaker = new CircuitBreaker({ name: 'x', options, clock: realClock, classify: (error) => ({ verdict: 'failure', error }) });
  for (let call = 0; call < 200; call += 1) void breaker.call((_signal) => new Promise(() => {}));
  void breaker.call(() => new Promise(() => {}), { timeoutMs: 1_800_000 });
  console.log(breaker.snapshot().running);
`;

describe('breaker: on real time', () => {
  test('with the event loop blocked past the deadline, answers that had already arrived are answers: 20 of 20', async () => {
    const worker = new Worker(slowServer, { eval: true });
    const [port] = await once(worker, 'message');
    const breaker = create(2_000);

    const calls = Array.from({ length: 20 }, () => breaker.call((signal) => ask(port, signal)));
    await once(worker, 'message');
    block(2_000);
    const results = await Promise.all(calls);
    await worker.terminate();

    expect(results.filter(({ ok }) => ok)).toHaveLength(20);
    expect(breaker.snapshot()).toMatchObject({ successful: 20, timedOut: 0 });
  });

  test('a call without an answer ends about its deadline', async () => {
    const breaker = create(50);
    const startMs = performance.now();

    // A timer that a busy machine fires late as well; after it another one, for a late deadline looks again.
    const later = delay(1_000).then(() => delay(500, 'later'));
    const result = await Promise.race([breaker.call(() => new Promise<string>(() => {})), later]);

    expect(result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 50 } });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(50);
  });

  test('a timeout is told, and its abort handlers run, in the async context of its own call', async () => {
    const request = new AsyncLocalStorage<string>();
    const told: (string | undefined)[] = [];
    const breaker = new CircuitBreaker<string, unknown>({
      name: 'warehouse',
      options: { ...defaultBreakerOptions, failureThreshold: 1 },
      classify: (error) => ({ verdict: 'failure', error }),
      clock: realClock,
      onTransition: () => told.push(request.getStore()),
    });
    const hang = (signal: AbortSignal) =>
      new Promise<string>(() => signal.addEventListener('abort', () => told.push(request.getStore())));
    const keepAlive = setInterval(() => {}, 1_000);

    const first = request.run('first', () => breaker.call(hang, { timeoutMs: 500 }));
    const second = request.run('second', () => breaker.call(hang, { timeoutMs: 20 }));
    await Promise.all([first, second]);
    clearInterval(keepAlive);

    expect(told).toEqual(['second', 'second', 'first']);
  });

  test('the abort handlers of an operation run in the async context of its caller, whoever aborts', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const breaker = create(10_000);
    const caller = new AbortController();
    const hang = (signal: AbortSignal) =>
      new Promise<string>(() => signal.addEventListener('abort', () => seen.push(request.getStore())));

    const call = request.run('this one', () => breaker.call(hang, { signal: caller.signal }));
    request.run('another', () => caller.abort());
    await call;

    expect(seen).toEqual(['this one']);
  });

  test('a transition that an answer causes is told in the async context of its call', async () => {
    const request = new AsyncLocalStorage<string>();
    const told: (string | undefined)[] = [];
    const breaker = create(10_000);
    breaker.updateOptions({ failureThreshold: 1 });
    breaker.subscribe(() => told.push(request.getStore()));
    const answer = Promise.withResolvers<string>();

    const call = request.run('this one', () => breaker.call(() => answer.promise));
    request.run('another', () => answer.reject(new Error('down')));
    await call;

    expect(told).toEqual(['this one']);
  });

  test('nothing keeps the process alive', async () => {
    const bundle = await build({
      stdin: { contents: hangingCalls, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      write: false,
    });
    const child = spawn(process.execPath, ['--input-type=module', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const startMs = performance.now();

    child.stdin.end(bundle.outputFiles[0]?.text);
    const [[printed], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')]);

    expect([String(printed).trim(), code]).toEqual(['201', 0]);
    expect(performance.now() - startMs).toBeLessThan(60_000);
  });
});

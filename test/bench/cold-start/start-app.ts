import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DeployedApp } from './apps.js';

/** Since the process began, in milliseconds: on the clock, and of CPU on all its threads. */
export interface Moment {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface ColdStart {
  readonly registered: Moment;
  readonly answered: Moment;
}

type FromWorker =
  | ({ readonly kind: 'registered'; readonly functions: number } & Moment)
  | ({ readonly kind: 'answered'; readonly status: number } & Moment)
  | { readonly kind: 'failed'; readonly reason: string };

export interface FirstWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const expectKind = <K extends FromWorker['kind']>(message: FromWorker, kind: K): Extract<FromWorker, { kind: K }> => {
  const isExpected = (given: FromWorker): given is Extract<FromWorker, { kind: K }> => given.kind === kind;
  if (!isExpected(message)) throw new Error(`Expected ${kind}, got ${JSON.stringify(message)}`);
  return message;
};

/** Starts an app in a process of its own, hands it one webhook the moment its functions are known, and ends it. */
export const startApp = async (
  { entry }: DeployedApp,
  { headers, body }: FirstWebhook,
  env: Readonly<Record<string, string>>,
): Promise<ColdStart> => {
  const worker = join(import.meta.dirname, 'worker.cjs');
  const child = fork(worker, [entry], {
    execArgv: [],
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const next = async (): Promise<FromWorker> => (await once(child, 'message'))[0];
  try {
    const registered = expectKind(await next(), 'registered');
    const http = {
      method: 'POST',
      url: 'http://127.0.0.1/api/webhooks/github',
      headers,
      params: { provider: 'github' },
      query: {},
      bytes: body.toString('base64'),
    };
    const answer = next();
    child.send({ name: 'receiveWebhook', http });
    const answered = expectKind(await answer, 'answered');
    if (answered.status !== 202) throw new Error(`Answered ${answered.status}`);
    return { registered, answered };
  } finally {
    child.kill('SIGKILL');
  }
};

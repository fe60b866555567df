import { type ChildProcess, fork } from 'node:child_process';

/** Further arguments of Node.js, by the name that Azure's host has for them. */
const argumentsSetting = 'languageWorkers__node__arguments';

/** Starts `script` as the worker of an app, its output and a channel in this process's hands. */
export const forkWorker = (script: string, appDirectory: string): ChildProcess => {
  const further = (process.env[argumentsSetting] ?? '').split(' ').filter((argument) => argument !== '');
  return fork(script, ['--worker', appDirectory], {
    execArgv: [...process.execArgv, ...further],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
};

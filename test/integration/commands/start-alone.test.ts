import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const sayWhetherFetchWasRead = `data:text/javascript,${encodeURIComponent(
  "process.once('exit', () => console.log(process.moduleLoadList.some((name) => name.endsWith('undici/undici'))));",
)}`;

/** Reading it takes longer than the rest of a small command's start. */
it.each(['functions-host', 'start', 'emulators'])('%s starts without what fetch is made of', (command) => {
  const script = resolve(`dist/local/${command}.js`);
  const { stdout } = spawnSync(process.execPath, ['--import', sayWhetherFetchWasRead, script, '--help'], {
    encoding: 'utf8',
  });

  expect(stdout.trim().split('\n').at(-1)).toBe('false');
});

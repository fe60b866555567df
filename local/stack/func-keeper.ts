/**
 * Runs before and beside `func`, which does not notice when its parent is gone: hands SIGTERM on as the Ctrl-C that `func`
 * understands, and ends `func` and the workers it started when the channel to the parent closes.
 */
const keeper = `
  const { spawn } = require('node:child_process');
  const [func, ...args] = process.argv.slice(1);
  const child = spawn(func, args, { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
  const stop = () => {
    setTimeout(() => child.kill('SIGKILL'), 15000).unref();
    child.kill('SIGINT');
  };
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  child.once('error', (error) => { console.error(String(error)); process.exit(1); });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (process.connected) process.disconnect();
    try { if (process.platform !== 'win32') process.kill(-process.pid, 'SIGTERM'); } catch {}
  });
  process.on('SIGTERM', () => {});`;

/** The command that runs `func` with these arguments so that it never outlives this process. */
export const funcKeeper = (func: string, args: readonly string[]): { command: string; args: readonly string[] } => ({
  command: process.execPath,
  args: ['-e', keeper, func, ...args],
});

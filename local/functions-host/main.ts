import { resolve } from 'node:path';

/** What stands after `--app`, before the command line is really read. */
const appIn = (args: readonly string[]): string | undefined => args[args.indexOf('--app') + 1];

const [, script = '', role, appDirectory] = process.argv;
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

if (role === '--worker' && appDirectory !== undefined) {
  const { serveWorker } = await import('./worker/serve-worker.js');
  await serveWorker(appDirectory);
} else {
  // The worker loads the app while this process reads what a host needs.
  const { forkWorker } = await import('./worker/fork-worker.js');
  const app = process.argv.includes('--app') ? appIn(process.argv) : undefined;
  const firstWorker = app === undefined ? undefined : forkWorker(script, resolve(app));
  const { runHost } = await import('./run-host.js');
  await runHost({ script, firstWorker });
}

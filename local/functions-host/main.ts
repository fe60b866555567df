/** The worker reads nothing of what the host needs, and starts the sooner. */
const [, , role, appDirectory] = process.argv;
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

if (role === '--worker' && appDirectory !== undefined) {
  const { serveWorker } = await import('./worker/serve-worker.js');
  await serveWorker(appDirectory);
} else {
  const { runHost } = await import('./run-host.js');
  await runHost();
}

export {};

const forcedExitCode = 130;

/**
 * A signal that aborts when this process is asked to end: Ctrl-C, SIGTERM, a closed terminal, or the end of the parent that
 * started it with a channel. Being asked again ends it at once; what it started ends with it.
 */
export const stopRequests = (): AbortSignal => {
  const controller = new AbortController();
  const onRequest = (name: string): void => {
    if (controller.signal.aborted) {
      console.error('Ended at once.');
      process.exit(forcedExitCode);
    }
    controller.abort(new DOMException(`Asked to end by ${name}`, 'AbortError'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => onRequest(name));
  process.once('disconnect', () => {
    if (!controller.signal.aborted) onRequest('the end of its parent');
  });
  process.channel?.unref();
  return controller.signal;
};

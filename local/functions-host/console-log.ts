import type { HostLog } from './host-log.js';

const toStandardError = new Set(['warning', 'error', 'critical']);

/** Prints the log for a person at a terminal, one stamped line each, faults on standard error. */
export const consoleLog: HostLog = ({ level, message }) => {
  const line = `[${new Date().toISOString()}] ${message}\n`;
  (toStandardError.has(level) ? process.stderr : process.stdout).write(line);
};

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { RpcLogLevel } from '../core/rpc-messages.js';
import type { HostLog } from '../host-log.js';

const errorWords = /error|fail|severe/i;

/** The level that the host gives a line on its worker's standard error: by words in it. */
export const levelOfErrorLine = (line: string): RpcLogLevel => {
  if (/warn/i.test(line)) return 'warning';
  return errorWords.test(line) ? 'error' : 'information';
};

/** Logs what a worker prints, line by line, as the host does. */
export const logConsole = (log: HostLog, stream: Readable | null, levelOf: (line: string) => RpcLogLevel): void => {
  if (stream === null) return;
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (message) => log({ level: levelOf(message), category: 'Host.Function.Console', message }));
};

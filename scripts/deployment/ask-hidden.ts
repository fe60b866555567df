import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Asks at the terminal and does not show what is typed. Rejects when there is no terminal: a pipe or an argument leaves traces. */
export const askHidden = (question: string): Promise<string> => {
  if (!process.stdin.isTTY) return Promise.reject(new Error('Secrets are asked for at a terminal, and there is none'));
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stdout.write(question);
  return new Promise<string>((resolve, reject) => {
    reader.once('SIGINT', () => reject(new Error('Stopped')));
    reader.question('', resolve);
  }).finally(() => {
    reader.close();
    process.stdout.write('\n');
  });
};

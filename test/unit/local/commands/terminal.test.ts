import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askHost } from '../../../../local/commands/terminal/ask-host.js';
import { alignColumns } from '../../../../local/commands/terminal/columns.js';
import { CommandError } from '../../../../local/commands/terminal/command-error.js';
import { createProgressLine } from '../../../../local/commands/terminal/progress-line.js';
import { describeCommand, describeFault } from '../../../../local/commands/terminal/run-command.js';
import { quoted } from '../../../../local/commands/terminal/safe-text.js';
import { readWholeNumber } from '../../../../local/commands/terminal/whole-number.js';

const recordingStream = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, columns: 40, written, write: (text: string) => written.push(text) };
};

describe('columns', () => {
  it('texts stand left and numbers right, and colours take no width', () => {
    expect(
      alignColumns([
        ['queue', 'active'],
        ['\u001B[1mbot\u001B[22m', 7],
        ['backlog', 12],
      ]),
    ).toEqual(['queue    active', '\u001B[1mbot\u001B[22m           7', 'backlog      12']);
  });
});

describe('progress', () => {
  it('on a terminal one line is rewritten, never longer than the terminal is wide, and taken away at the end', () => {
    const stream = recordingStream(true);
    const progress = createProgressLine(stream);

    progress.update(1, 2, 'a very long name of an event');
    progress.clear();

    expect(stream.written).toEqual([`\r\u001B[2K[############............] 1/2 a very l`, '\r\u001B[2K']);
  });

  it('elsewhere a line is printed at every tenth', () => {
    const stream = recordingStream(false);
    const progress = createProgressLine(stream);

    for (let done = 1; done <= 100; done += 1) progress.update(done, 100, 'x');
    progress.clear();

    expect(stream.written).toHaveLength(10);
    expect(stream.written.at(-1)).toBe('[########################] 100/100 x\n');
  });
});

describe('a command', () => {
  it('describes itself with every option', () => {
    const options = { count: { type: 'string', value: 'n', help: 'how many' } } as const;

    expect(describeCommand({ summary: 'Does it.', usage: ['npm run it'], options, notes: ['Well done.'] })).toBe(
      'Does it.\n\nUsage:\n  npm run it\n\nOptions:\n  --count <n>  how many\n  -h, --help   show this text\n\nWell done.',
    );
  });

  it('says what is wrong and what to do, without a stack, when the user can put it right', () => {
    expect(describeFault(new CommandError('It is off', 'Switch it on'))).toEqual({
      text: 'It is off\n  Switch it on',
      exitCode: 1,
    });
  });

  it('what the system refuses is said in a line, without a stack', async () => {
    const fault: unknown = await mkdir('/dev/null/state').catch((thrown: unknown) => thrown);

    expect(describeFault(fault)).toEqual({
      text: expect.stringMatching(/^ENOTDIR: .* '\/dev\/null\/state'$/),
      exitCode: 1,
    });
  });

  it('what another server has answered does nothing to the terminal', () => {
    const { text } = describeFault(new CommandError('The host answered 500', '\u001B]0;mine\u0007\r\u009B2J'));

    expect(text).toBe('The host answered 500\n  \uFFFD]0;mine\uFFFD\uFFFD\uFFFD2J');
  });

  it('a number out of its bounds is refused by the name of its option', () => {
    const range = { option: 'count', from: 1, to: 9 };

    expect(readWholeNumber('9', range)).toBe(9);
    for (const wrong of ['0', '10', '1.5', '-1', '', '1e1', '0x1'])
      expect(() => readWholeNumber(wrong, range)).toThrow(`--count "${wrong}" is not a whole number from 1 to 9`);
  });
});

describe('a host that is asked', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((_, response) => response.writeHead(200).write('{"half":')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('and stops in the middle of its answer is given up', async () => {
    await expect(askHost(url, '/', { timeoutMs: 200 })).rejects.toMatchObject({
      message: `${url} cannot be reached`,
      advice: ['No whole answer came in time'],
    });
  });
});

it('a path to copy is taken by a shell as it is', () => {
  const path = 'für mich (1)\'s $HOME `x` \\ "y"';

  expect(execFileSync('sh', ['-c', `printf %s ${quoted(path)}`], { encoding: 'utf8' })).toBe(path);
  expect(quoted('../a/b-1.c')).toBe('../a/b-1.c');
});

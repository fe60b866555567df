import { describe, expect, it } from 'vitest';
import { alignColumns } from '../../../../local/commands/terminal/columns.js';
import { CommandError } from '../../../../local/commands/terminal/command-error.js';
import { createProgressLine } from '../../../../local/commands/terminal/progress-line.js';
import { describeCommand, describeFault } from '../../../../local/commands/terminal/run-command.js';
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

  it('a number out of its bounds is refused by the name of its option', () => {
    const range = { option: 'count', from: 1, to: 9 };

    expect(readWholeNumber('9', range)).toBe(9);
    for (const wrong of ['0', '10', '1.5', '-1', '', '1e1', '0x1'])
      expect(() => readWholeNumber(wrong, range)).toThrow(`--count "${wrong}" is not a whole number from 1 to 9`);
  });
});

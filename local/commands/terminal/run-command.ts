import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { nearestNames } from '../../senders/nearest-names.js';
import { alignColumns } from './columns.js';
import { CommandError } from './command-error.js';
import { paint } from './paint.js';
import { harmless } from './safe-text.js';

/** One option of a command; `value` names what follows it, absent for a switch. */
export interface CommandOption extends ParseArgsOptionDescriptor {
  readonly value?: string;
  readonly help: string;
}

export type CommandOptions = Readonly<Record<string, CommandOption>>;

/** What `--help` prints. */
export interface CommandDescription<O extends CommandOptions> {
  readonly summary: string;
  readonly usage: readonly string[];
  readonly options: O;
  /** How many words may stand beside the options: none unless it says so. */
  readonly words?: number;
  /** Further lines below the options. */
  readonly notes?: readonly string[];
}

const helpOption = { help: { type: 'boolean', short: 'h', help: 'show this text' } } as const satisfies CommandOptions;

const parse = <O extends CommandOptions>(options: O, args: readonly string[]) =>
  parseArgs({ args: [...args], options: { ...options, ...helpOption }, strict: true, allowPositionals: true });

/** The options and words of one call, typed after the command's description. */
export type CommandInput<O extends CommandOptions> = ReturnType<typeof parse<O>>;

/** The text of `--help`: what the command does, how to call it, every option. */
export const describeCommand = ({
  summary,
  usage,
  options,
  notes = [],
}: CommandDescription<CommandOptions>): string => {
  const all: CommandOptions = { ...options, ...helpOption };
  const rows = Object.entries(all).map(([name, { short, value, help }]) => {
    const flag = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`;
    return [`  ${flag}`, help];
  });
  const sections = [[summary], ['Usage:', ...usage.map((line) => `  ${line}`)], ['Options:', ...alignColumns(rows)]];
  return [...sections, ...(notes.length > 0 ? [notes] : [])].map((lines) => lines.join('\n')).join('\n\n');
};

const isUsageError = (fault: unknown): fault is Error & { readonly code: string } =>
  fault instanceof Error && 'code' in fault && String(fault.code).startsWith('ERR_PARSE_ARGS');

class UnexpectedWord extends Error {
  readonly code = 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL';
}

const describeUsage = ({ code, message }: Error & { readonly code: string }, options: CommandOptions): string => {
  const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /'--?([^']+)'/.exec(message)?.[1] : undefined;
  if (unknown === undefined) return `${message}\n  --help shows every option`;
  const near = nearestNames(unknown, Object.keys(options)).map((name) => `--${name}`);
  const meant = near.length === 0 ? '' : `\n  Did you mean ${near.join(', ')}?`;
  return `There is no option --${unknown}${meant}\n  --help shows every option`;
};

/** What the system refused (a file, a folder, a port): a sentence, such as "EACCES: permission denied, open '/x'". */
const isRefusedBySystem = (fault: unknown): fault is NodeJS.ErrnoException =>
  fault instanceof Error && 'syscall' in fault && 'code' in fault;

/** What a fault says to the user, and the exit code that goes with it: 2 for a wrong call, 1 for anything else. */
export const describeFault = (
  fault: unknown,
  options: CommandOptions = {},
): { readonly text: string; readonly exitCode: number } => {
  if (isUsageError(fault)) return { text: describeUsage(fault, options), exitCode: 2 };
  if (fault instanceof CommandError) {
    const text = [fault.message, ...fault.advice.map((line) => `  ${line}`)].join('\n');
    return { text: harmless(text, 'lines'), exitCode: 1 };
  }
  if (isRefusedBySystem(fault)) return { text: fault.message, exitCode: 1 };
  return { text: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault), exitCode: 1 };
};

/** A reader that has seen enough (`| head`) closes the pipe: that is not a fault, unlike output that is lost. */
const codeWhenUnread = (fault: NodeJS.ErrnoException): number => (fault.code === 'EPIPE' ? 0 : 1);

const endWhenUnread = (): void => {
  process.stdout.on('error', (fault) => process.exit(codeWhenUnread(fault)));
};

/** Ends the process, whatever connections are still open, once everything printed has been written. */
const endProcess = (exitCode: number): void => {
  const { stdout } = process;
  stdout.write('', () => process.exit(stdout.errored ? codeWhenUnread(stdout.errored) : exitCode));
};

const runWith = async <O extends CommandOptions>(
  { options, words = 0 }: CommandDescription<O>,
  run: (input: CommandInput<O>) => Promise<number>,
): Promise<number> => {
  try {
    const input = parse(options, process.argv.slice(2));
    const [extra] = input.positionals.slice(words);
    if (extra !== undefined) throw new UnexpectedWord(`"${extra}" means nothing here`);
    return await run(input);
  } catch (fault) {
    const { text, exitCode } = describeFault(fault, options);
    console.error(`${paint.bad('✗')} ${text}`);
    return exitCode;
  }
};

/**
 * Runs the command of this process: reads its arguments, answers `--help`, prints faults so that the user knows what to
 * change, and ends with the exit code that `run` answers.
 */
export const runCommand = async <O extends CommandOptions>(
  description: CommandDescription<O>,
  run: (input: CommandInput<O>) => Promise<number>,
): Promise<void> => {
  endWhenUnread();
  const wantsHelp = process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h');
  if (wantsHelp) console.log(describeCommand(description));
  endProcess(wantsHelp ? 0 : await runWith(description, run));
};

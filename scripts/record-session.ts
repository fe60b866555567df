import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import {
  type CommandDescription,
  type CommandInput,
  type CommandOptions,
  runCommand,
} from '../local/commands/terminal/run-command.js';
import { findProjectRoot } from '../local/project-root.js';
import { readStackRecord, type StackRecord } from '../local/stack/stack-record.js';
import { firstScreen } from './recording/first-screen.js';

const options = {
  into: {
    type: 'string',
    value: 'file',
    default: 'docs/first-session.md',
    help: 'where to (default: docs/first-session.md)',
  },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: "Plays the commands of the README's first screen on a stack of its own, and writes down what they print.",
  usage: ['npm run record-session'],
  options,
};

const root = findProjectRoot(import.meta.dirname);
const script = (name: string): string => join(import.meta.dirname, `${name}.js`);

/** A built command, as `npm run` would run it; without colours. */
const play = async (name: string, args: readonly string[]): Promise<string> => {
  const child = spawn(process.execPath, [script(name), ...args], { cwd: root, env: { ...process.env, NO_COLOR: '1' } });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk));
  await once(child, 'close');
  return printed;
};

const startStack = async (state: string) => {
  const args = ['--host', 'built-in', '--port', 'auto', '--settings', 'none', '--state', state];
  const stdio: ['ignore', 'pipe', 'pipe', 'ipc'] = ['ignore', 'pipe', 'pipe', 'ipc'];
  const child = spawn(process.execPath, [script('start'), ...args], { cwd: root, stdio });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (printed += chunk));
  await once(child, 'message');
  await sleep(200);
  return { banner: printed, stop: () => child.kill('SIGTERM'), closed: once(child, 'close') };
};

const usualPorts = { host: '7071', blobs: '10000', bus: '5672', vault: '8443' } as const;
const portIn = (text: string): string => /:(\d+)(?:[/;]|$)/.exec(text)?.[1] ?? '';

/** The same text as on a machine where every port is the usual one, and the state where it usually is. */
const asUsual = (text: string, { host, blobStorage, serviceBus, keyVault }: StackRecord, state: string): string => {
  const ports: readonly (readonly [string, string])[] = [
    [portIn(host?.url ?? ''), usualPorts.host],
    [portIn(/BlobEndpoint=[^;]*/.exec(blobStorage.connectionString)?.[0] ?? ''), usualPorts.blobs],
    [portIn(serviceBus.connectionString), usualPorts.bus],
    [portIn(keyVault.vaultUri), usualPorts.vault],
  ];
  const moved = ports.reduce(
    (told, [from, to]) => told.replaceAll(`:${from}`, `:${to}`),
    stripVTControlCharacters(text),
  );
  return moved
    .replaceAll(/ (?:-- )?--state \S+/g, '')
    .replaceAll(/\S*breakwater-session-[^/\s]*/g, '.local')
    .replaceAll(state, '.local');
};

/** Once `--state` is gone, what stands behind a command stands one below the other again. */
const realigned = (line: string): string =>
  line.replace(/^( {2}npm run .*?) {2,}(.*)$/, (_, command: string, what: string) => `${command.padEnd(45)}${what}`);

/** Progress that is rewritten in place on a terminal. */
const isProgress = (line: string): boolean => /^\[#[#.]*\] /.test(line);

const tidy = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !isProgress(line))
    .map((line) => realigned(line.trimEnd()))
    .join('\n')
    .replaceAll(/"instance":"[^"]*"/g, '"instance":"…"');

const mostCharacters = 600;

const answerOf = async (url: string): Promise<string> => {
  const text = await (await fetch(url)).text();
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
};

const run = async (command: string, record: StackRecord, state: string): Promise<string> => {
  const [first, ...words] = command.split(/\s+/);
  if (first === 'sleep') {
    await sleep(Number(words[0]) * 1_000);
    return '';
  }
  if (first === 'curl') return answerOf(`${record.host?.url}${new URL(words.at(-1) ?? '').pathname}`);
  const [, name = '', , ...args] = words;
  return play(name, [...args, '--state', state]);
};

const page = (session: string): string => `# The first session

What the commands of the [README](../README.md#run-it) print, from a real run. Made by \`npm run record-session\`; long answers are cut.

\`\`\`text
${session.trimEnd()}
\`\`\`
`;

const record = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const commands = firstScreen(await readFile(join(root, 'README.md'), 'utf8'));
  const state = await mkdtemp(join(tmpdir(), 'breakwater-session-'));
  const stack = await startStack(state);
  try {
    const found = await readStackRecord(state);
    if (found === undefined) throw new Error('The stack left no record');
    const parts = [`$ npm start\n${stack.banner.trimEnd()}\n`];
    for (const command of commands) {
      console.log(`$ ${command}`);
      parts.push(`$ ${command}\n${(await run(command, found, state)).trimEnd()}\n`.replace(/\n\n$/, '\n'));
    }
    const session = parts.map((part) => tidy(asUsual(part, found, state))).join('\n');
    await writeFile(join(root, values.into), page(session));
  } finally {
    stack.stop();
    await stack.closed;
    await rm(state, { recursive: true, force: true });
  }
  console.log(`Written to ${values.into}`);
  return 0;
};

await runCommand(description, record);

import { relative, resolve } from 'node:path';
import { senders } from '../senders/senders.js';
import { keepRequest } from './capturing/keep-request.js';
import { type Recorded, startRecorder } from './capturing/start-recorder.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { stopRequests } from './stack/stop-requests.js';
import { CommandError } from './terminal/command-error.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';
import { readWholeNumber } from './terminal/whole-number.js';

const options = {
  to: { type: 'string', value: 'folder', default: 'captured', help: 'where to keep them (default: captured)' },
  port: { type: 'string', value: 'port', default: '7072', help: 'where to listen (default: 7072); 0 takes a free one' },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Stands before the running stack and keeps every webhook that arrives, as it came but for its secrets.',
  usage: ['npm run capture', 'npm run send -- github --replay captured/github/0001-push.http'],
  options,
  notes: [
    'Point the sender or the tunnel at its port: npm run listen says how. Signatures, tokens and what a tunnel adds are left out;',
    'names, texts and addresses of your own are not: look before you commit a file.',
  ],
};

const typeIn = (answer: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(answer);
    const type: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'type') : undefined;
    return typeof type === 'string' && !type.includes('/') ? type : undefined;
  } catch {
    return undefined;
  }
};

const providerIn = (path: string): string | undefined =>
  /^\/api\/webhooks\/([a-z0-9-]{1,64})(?:[/?]|$)/i.exec(path)?.[1]?.toLowerCase();

const capture = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const port = readWholeNumber(values.port, { option: 'port', from: 0, to: 65_535 });
  const { host } = await requireStack(stateDirectoryFor(values.state));
  if (host === undefined) throw new CommandError('The stack runs without a host', 'Start it with: npm start');
  const folder = resolve(values.to);
  const signal = stopRequests({ runByNpm: process.env['npm_lifecycle_event'] !== undefined });
  let kept = 0;
  let keeping: Promise<void> = Promise.resolve();
  const keep = async ({ request, method, status, answer }: Recorded): Promise<void> => {
    const provider = providerIn(request.path);
    if (method !== 'POST' || provider === undefined) return;
    const path = await keepRequest(
      folder,
      { request, provider, type: status < 300 ? typeIn(answer) : undefined },
      senders,
    );
    kept += 1;
    console.log(
      `${status < 300 ? paint.good(String(status)) : paint.bad(String(status))}  ${relative(process.cwd(), path)}`,
    );
  };
  const onRecorded = (recorded: Recorded): void => {
    keeping = keeping
      .then(() => keep(recorded))
      .catch((fault: unknown) =>
        console.error(`${paint.bad('✗')} Not kept: ${fault instanceof Error ? fault.message : String(fault)}`),
      );
  };
  const recorder = await startRecorder({ port, hostUrl: host.url, onRecorded }).catch(
    (fault: NodeJS.ErrnoException) => {
      throw fault.code === 'EADDRINUSE' ? new CommandError(`Port ${port} is taken`, 'Use a free one: --port 0') : fault;
    },
  );
  console.log(`Listening on http://127.0.0.1:${recorder.port} for ${host.url}; Ctrl-C ends it.`);
  if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
  await recorder.close();
  await keeping;
  console.log(`Kept ${kept} webhook${kept === 1 ? '' : 's'} in ${relative(process.cwd(), folder) || '.'}`);
  return 0;
};

await runCommand(description, capture);

import { join, relative } from 'node:path';
import type { Bot } from '../../../src/routing/bot.js';
import { claimState } from '../../stack/claim-state.js';
import { extraCaFile } from '../../stack/extra-ca.js';
import {
  accountsIn,
  historySecrets,
  hostEnvironment,
  providersIn,
  type Variables,
} from '../../stack/host-environment.js';
import { describeExit, type HostProcess } from '../../stack/host-process.js';
import { findPortOwner } from '../../stack/port-owner.js';
import { findUnavailablePorts, type PortHolder, type StackPorts } from '../../stack/ports.js';
import { removeStackRecord, type StackRecord, writeStackRecord } from '../../stack/stack-record.js';
import { standInNames, standInTitles } from '../../stack/stand-ins.js';
import { type LocalStack, startLocalStack } from '../../stack/start-local-stack.js';
import { CommandError } from '../terminal/command-error.js';
import { paint } from '../terminal/paint.js';
import { quoted } from '../terminal/safe-text.js';
import type { BannerFacts } from './banner.js';
import type { LoadedSettings } from './load-local-settings.js';
import { loadOwnProviders, providersFile } from './load-own-providers.js';
import { blockedPortsError } from './port-options.js';
import { stopRequests } from './stop-requests.js';

/** What to run, and how to speak of it. */
export interface StackPlan {
  /** The npm script, for what is printed. */
  readonly command: 'start' | 'emulators';
  readonly root: string;
  readonly stateDirectory: string;
  readonly ports: StackPorts;
  readonly bots: readonly Bot[];
  readonly settings: LoadedSettings;
  readonly enableAuth: boolean;
  /** Starts the Functions host; absent: the dependencies run alone. */
  readonly startHost?: (environment: Variables, signal: AbortSignal) => Promise<HostProcess>;
  readonly banner: (facts: BannerFacts) => readonly string[];
}

type Close = () => Promise<unknown>;

const secondsSince = (startedAt: number): string => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;

const announcer =
  (startedAt: number) =>
  (title: string, address: string): void =>
    console.log(`  ${paint.good('✓')} ${title.padEnd(15)} ${address}  ${paint.quiet(secondsSince(startedAt))}`);

const checkPorts = async ({ ports, command, startHost }: StackPlan): Promise<void> => {
  const holders: readonly PortHolder[] = startHost === undefined ? standInNames : ['host', ...standInNames];
  const unavailable = await findUnavailablePorts(ports, holders);
  if (unavailable.length === 0) return;
  const owners = unavailable.map(async (each) => ({ ...each, owner: await findPortOwner(each.port) }));
  throw blockedPortsError(await Promise.all(owners), command);
};

const claim = async ({ stateDirectory }: StackPlan): Promise<Close> => {
  const claimed = await claimState(stateDirectory);
  if (claimed.kind === 'claimed') return claimed.release;
  if (claimed.kind === 'foreign')
    throw new CommandError(
      `${stateDirectory} holds ${claimed.entries.join(', ')}, which no local stack has made`,
      'Choose another folder: npm start -- --state <folder>',
    );
  throw new CommandError(
    `A local stack runs here already: process ${claimed.pid}, state in ${stateDirectory}`,
    `Stop it with Ctrl-C where it runs, or: kill ${claimed.pid}`,
    'Or start another one beside it: npm start -- --port auto --state <folder>',
  );
};

const ownProvidersFile = ({ root, settings }: StackPlan): string =>
  providersFile(root, settings.environment['PROVIDERS_CONFIG']);

const recordOf = (stack: LocalStack, host: HostProcess | undefined, plan: StackPlan): StackRecord => ({
  version: 1,
  pid: process.pid,
  startedAt: new Date().toISOString(),
  ...(host !== undefined && { host: { kind: host.kind, url: host.url } }),
  blobStorage: { connectionString: stack.blobConnectionString },
  serviceBus: { connectionString: stack.serviceBusConnectionString },
  keyVault: { vaultUri: stack.vaultUri, caFile: stack.vaultCaFile },
  ...(stack.historyUrls['github-api'] !== undefined && { githubApi: { url: stack.historyUrls['github-api'] } }),
  ...(stack.historyUrls['gitlab-api'] !== undefined && { gitlabApi: { url: stack.historyUrls['gitlab-api'] } }),
  bots: plan.bots.map(({ name, queue, ordered }) => ({ name, queue, ordered })),
  providersFile: ownProvidersFile(plan),
  control: { url: stack.control.url, token: stack.control.token },
});

const stateArgumentFor = ({ root, stateDirectory }: StackPlan): string =>
  stateDirectory === join(root, '.local') ? '' : ` --state ${quoted(relative(process.cwd(), stateDirectory))}`;

const whenAsked = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

/** Waits until the user asks for the end (`undefined`) or a part ends by itself (the sentence that says so). */
const whenOver = (stack: LocalStack, host: HostProcess | undefined, signal: AbortSignal): Promise<string | undefined> =>
  Promise.race([
    whenAsked(signal),
    stack.failed.then((name) => `${standInTitles[name]} has ended by itself`),
    ...(host === undefined ? [] : [host.exited.then((exit) => `The Functions host has ended (${describeExit(exit)})`)]),
  ]);

const runParts = async (plan: StackPlan, signal: AbortSignal, closers: Close[]): Promise<string | undefined> => {
  const { stateDirectory, ports, bots, startHost } = plan;
  const { environment } = plan.settings;
  const startedAt = performance.now();
  const announce = announcer(startedAt);
  const providers = providersIn(environment);
  const { providers: ownProviders } = loadOwnProviders(ownProvidersFile(plan));
  closers.push(await claim(plan));
  await checkPorts(plan);
  console.log(`Starting, with the state in ${stateDirectory}`);
  const onStarted: Parameters<typeof startLocalStack>[0]['onStarted'] = (name, address) =>
    announce(standInTitles[name], address);
  const stack = await startLocalStack({
    ports,
    stateDirectory,
    bots,
    accounts: accountsIn(environment),
    providers,
    ownProviders,
    histories: historySecrets(environment),
    onStarted,
  });
  closers.push(stack.close);
  signal.throwIfAborted();
  const caFile = await extraCaFile(stateDirectory, stack.vaultCaFile, environment['NODE_EXTRA_CA_CERTS']);
  const host = await startHost?.(hostEnvironment(environment, { ...stack, caFile }), signal);
  if (host !== undefined) {
    closers.push(host.stop);
    announce('Functions host', host.url);
  }
  const record = recordOf(stack, host, plan);
  closers.push(() => removeStackRecord(stateDirectory));
  await writeStackRecord(stateDirectory, record);
  const stateArgument = stateArgumentFor(plan);
  const facts = {
    record,
    bots,
    providers,
    ownProviders,
    stateArgument,
    enableAuth: plan.enableAuth,
    settings: plan.settings,
  };
  for (const line of plan.banner(facts)) console.log(line);
  process.send?.({ kind: 'local-stack-ready' });
  return whenOver(stack, host, signal);
};

/**
 * Runs the local stack until it is asked to end or a part of it ends by itself, then stops everything, the host first.
 * Answers the exit code: 0 when it was asked.
 */
export const runStack = async (plan: StackPlan): Promise<number> => {
  const signal = stopRequests({ runByNpm: process.env['npm_lifecycle_event'] !== undefined });
  signal.addEventListener('abort', () => console.log('Stopping…'), { once: true });
  const closers: Close[] = [];
  try {
    const trouble = await runParts(plan, signal, closers);
    if (trouble === undefined) return 0;
    console.error(`${paint.bad('✗')} ${trouble}; stopping everything`);
    return 1;
  } catch (fault) {
    if (!signal.aborted) throw fault;
    return 0;
  } finally {
    for (const close of closers.reverse()) await close();
  }
};

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { nearestNames } from '../senders/nearest-names.js';
import { callEvents } from './eventing/event-operations.js';
import { describeEvents, listEvents } from './eventing/list-events.js';
import { operationsFor } from './eventing/operations-for.js';
import { replayLetters } from './eventing/replay-letters.js';
import { type ReplayChoice, replayStretch } from './eventing/replay-stretch.js';
import { describeEvent, eventReportSchema } from './eventing/show-event.js';
import { describeSimulation, simulate } from './eventing/simulate.js';
import { describeGivenUp, describeRecords, givenUpIn, type RecordKind, readStored } from './eventing/stored-records.js';
import { readStretch } from './eventing/stretch.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { CommandError } from './terminal/command-error.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';
import { endOf, watchForEnd } from './terminal/watch.js';
import { readWholeNumber } from './terminal/whole-number.js';

const options = {
  from: { type: 'string', value: 'moment', help: 'replay what arrived from then on, e.g. 2026-01-31T08:00:00Z' },
  to: { type: 'string', value: 'moment', help: 'and before then (default: now)' },
  provider: { type: 'string', value: 'name', help: 'of this provider only' },
  type: { type: 'string', value: 'pattern', help: 'of this type only, e.g. github.pull_request' },
  bot: { type: 'string', value: 'name', help: 'to this bot only' },
  subject: { type: 'string', value: 'text', help: 'list: whose subject has this in it' },
  outcome: { type: 'string', value: 'word', help: 'list: routed, owed, dead-lettered, unwanted or repeated-body' },
  bots: { type: 'string', value: 'file', help: 'simulate: the other bots.json' },
  'fail-on-loss': { type: 'boolean', help: 'simulate: exit with 1 when a bot would lose events, for a pull request' },
  'dry-run': { type: 'boolean', help: 'say what would be sent, and send nothing' },
  force: { type: 'boolean', help: 'under new message ids, so that queues take it again' },
  'force-key': { type: 'string', value: 'text', help: 'go on with a forced replay that failed: it says its key' },
  count: { type: 'string', value: 'n', default: '20', help: 'list, pending, dead: the most to show (default: 20)' },
  json: { type: 'boolean', help: 'print JSON' },
  url: { type: 'string', value: 'url', help: 'another host than the local one; see below' },
  ...stateOption,
} as const satisfies CommandOptions;

type Input = CommandInput<typeof options>;

const description: CommandDescription<typeof options> = {
  summary: 'Shows what became of events, and sends archived ones again.',
  words: 3,
  usage: [
    'npm run events -- list --type github.pull_request  the newest, and what became of them',
    'npm run events -- show <id>                        what became of one',
    'npm run events -- replay <id> --bot merge-warden   send one again',
    'npm run events -- replay --from 2026-01-31T08:00:00Z --type github.pull_request',
    'npm run events -- simulate --bots new-bots.json --from 2026-01-31T08:00:00Z   what it would have given each bot',
    'npm run events -- pending                          what queues are owed',
    'npm run events -- dead                             what was given up, and why',
    'npm run events -- dead-letters                     the same in numbers, by bot and reason',
    'npm run events -- dead-letters replay merge-warden  owe one bot all of it again',
  ],
  options,
  notes: [
    'With --url the variables ADMIN_TOKEN and FUNCTION_KEY are shown to that host; pending, dead and dead-letters are local.',
  ],
};

const show = async (input: Input, id: string): Promise<number> => {
  const operations = await operationsFor(input.values);
  const { provider } = input.values;
  const path = `events?${new URLSearchParams({ id, ...(provider !== undefined && { provider }) })}`;
  const report = await callEvents(operations, { method: 'GET', path }, eventReportSchema);
  if (input.values.json === true) console.log(JSON.stringify(report, undefined, 2));
  else for (const line of describeEvent(report)) console.log(line);
  return 0;
};

const list = async (input: Input): Promise<number> => {
  const { provider, type, bot, subject, outcome, to, json } = input.values;
  const asked = Object.entries({ provider, type, bot, subject, outcome, to });
  const filter = Object.fromEntries(asked.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
  const count = readWholeNumber(input.values.count, { option: 'count', from: 1, to: 10_000 });
  const watch = watchForEnd();
  const found = await listEvents(await operationsFor(input.values), { filter, count }, watch);
  if (json === true) console.log(JSON.stringify(found, undefined, 2));
  else if (found.length === 0) console.log('No delivery matches.');
  else for (const line of describeEvents(found)) console.log(line);
  return endOf(watch, 0);
};

const readBotsFile = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (fault) {
    throw new CommandError(`${path} cannot be read`, fault instanceof Error ? fault.message : String(fault));
  }
};

const simulateBots = async (input: Input): Promise<number> => {
  const { bots: file, from, to, provider, type, json, 'fail-on-loss': failOnLoss } = input.values;
  if (file === undefined || from === undefined)
    throw new CommandError('Say what: simulate --bots <file> --from <moment>');
  const filter = { ...(provider !== undefined && { provider }), ...(type !== undefined && { type }) };
  const asked = { ...filter, bots: readBotsFile(file), stretch: readStretch(from, to) };
  const watch = watchForEnd();
  const total = await simulate(await operationsFor(input.values), asked, watch);
  if (json === true) console.log(JSON.stringify(total, undefined, 2));
  else for (const line of describeSimulation(total)) console.log(line);
  const losers = total.bots.filter(({ lost }) => lost > 0).map(({ bot }) => bot);
  const fails = failOnLoss === true && losers.length > 0;
  if (fails) console.error(`${paint.bad('✗')} events would be lost to ${losers.join(', ')}`);
  return endOf(watch, fails ? 1 : 0, total.goOnFrom && `--from ${total.goOnFrom}, for the rest`);
};

const replayedSchema = z.object({
  id: z.string(),
  events: z.array(z.object({ type: z.string(), archived: z.string() })),
  sentTo: z.array(z.string()),
  wouldSendTo: z.array(z.string()).optional(),
  failed: z.array(z.object({ bot: z.string(), reason: z.string() })),
});

/** One run of the command has one key, so that its parts never send a copy twice. */
const forceKeyOf = (values: Input['values']): Pick<ReplayChoice, 'forceKey'> => {
  const { force, 'force-key': key = randomUUID() } = values;
  return force === true || values['force-key'] !== undefined ? { forceKey: key } : {};
};

const choiceOf = ({ values }: Input): ReplayChoice => ({
  ...(values.provider !== undefined && { provider: values.provider }),
  ...(values.type !== undefined && { type: values.type }),
  ...(values.bot !== undefined && { bot: values.bot }),
  dryRun: values['dry-run'] === true,
  force: values.force === true || values['force-key'] !== undefined,
  ...forceKeyOf(values),
});

const replayOne = async (input: Input, id: string): Promise<number> => {
  const operations = await operationsFor(input.values);
  const { type: _, ...body } = choiceOf(input);
  const command = { method: 'POST', path: 'events/replay', body: { ...body, id } } as const;
  const replayed = await callEvents(operations, command, replayedSchema).catch((fault: unknown) => {
    if (!(fault instanceof CommandError) || body.forceKey === undefined) throw fault;
    throw new CommandError(fault.message, ...fault.advice, `Go on with: --force-key ${body.forceKey}`);
  });
  if (input.values.json === true) console.log(JSON.stringify(replayed, undefined, 2));
  else if (replayed.wouldSendTo !== undefined)
    console.log(`Would be sent to: ${replayed.wouldSendTo.join(', ') || 'nobody'}`);
  else console.log(`Sent to: ${replayed.sentTo.join(', ') || 'nobody'}`);
  const { events: all } = replayed;
  if (input.values.json !== true && all.length > 1)
    for (const { type, archived } of all) console.log(paint.quiet(`  ${type}  ${archived}`));
  for (const { bot, reason } of replayed.failed) console.error(`${paint.bad('✗')} ${bot}: ${reason}`);
  return replayed.failed.length === 0 ? 0 : 1;
};

const replayMany = async (input: Input, from: string): Promise<number> => {
  const { to, json, 'dry-run': dryRun } = input.values;
  const stretch = readStretch(from, to);
  const choice = choiceOf(input);
  const watch = watchForEnd();
  const total = await replayStretch(await operationsFor(input.values), { stretch, choice }, watch);
  const { events, sent } = total;
  const [bots, failed] = [Object.fromEntries(total.bots), Object.fromEntries(total.failed)];
  if (json === true) console.log(JSON.stringify({ events, sent, bots, failed }, undefined, 2));
  else {
    console.log(`${events} events, ${dryRun === true ? 'nothing sent' : `${sent} copies sent`}`);
    for (const [bot, copies] of total.bots) console.log(`  ${bot}: ${copies}`);
    for (const [what, times] of total.failed) console.error(`${paint.bad('✗')} ${what}, ${times} times`);
  }
  const key = choice.forceKey === undefined ? '' : ` --force-key ${choice.forceKey}`;
  return endOf(watch, total.failed.size === 0 ? 0 : 1, total.goOnFrom && `--from ${total.goOnFrom}${key}`);
};

const showStored = async ({ values }: Input, kind: RecordKind): Promise<number> => {
  const record = await requireStack(stateDirectoryFor(values.state));
  const count = readWholeNumber(values.count, { option: 'count', from: 1, to: 1_000 });
  const { total, oldest } = await readStored(record.blobStorage.connectionString, kind, count);
  if (values.json === true) console.log(JSON.stringify({ total, oldest }, undefined, 2));
  else if (total === 0) console.log(kind === 'pending' ? 'No queue is owed anything.' : 'Nothing was given up.');
  else for (const line of describeRecords(oldest)) console.log(line);
  if (values.json !== true && total > oldest.length)
    console.log(paint.quiet(`The oldest ${oldest.length} of ${total}.`));
  return 0;
};

const mostGrouped = 10_000;

const showGivenUp = async ({ values }: Input): Promise<number> => {
  const record = await requireStack(stateDirectoryFor(values.state));
  const { total, oldest } = await readStored(record.blobStorage.connectionString, 'dead', mostGrouped);
  if (values.json === true) console.log(JSON.stringify(givenUpIn(oldest), undefined, 2));
  else if (total === 0) console.log('Nothing was given up.');
  else {
    for (const line of describeGivenUp(oldest, Date.now())) console.log(line);
    if (total > oldest.length) console.log(paint.quiet(`The oldest ${oldest.length} of ${total} letters.`));
    console.log('Once the cause is fixed: npm run events -- dead-letters replay <bot>');
  }
  return 0;
};

const replayDead = async (input: Input, bot: string): Promise<number> => {
  const dryRun = input.values['dry-run'] === true;
  const watch = watchForEnd();
  const total = await replayLetters(await operationsFor(input.values), { bot, dryRun }, watch);
  if (input.values.json === true) console.log(JSON.stringify({ bot, dryRun, ...total }, undefined, 2));
  else {
    const what = dryRun ? 'would be owed again, nothing was changed' : 'are owed again';
    console.log(`${total.letters} dead letters looked at, ${total.revived} copies for ${bot} ${what}`);
    if (!dryRun && total.revived > 0)
      console.log('The outbox timer delivers them, oldest first. See what is left with: npm run events -- pending');
  }
  if (total.stuck > 0)
    console.error(`${paint.bad('✗')} ${total.stuck} letters cannot be read or changed; look at them in storage`);
  return endOf(watch, total.stuck === 0 ? 0 : 1, 'the same command');
};

const deadLetters = async (input: Input, [action, bot, ...rest]: readonly string[]): Promise<number> => {
  if (action === undefined) return showGivenUp(input);
  if (action === 'replay' && bot !== undefined && rest.length === 0) return replayDead(input, bot);
  throw new CommandError('Say what to do: dead-letters, or dead-letters replay <bot>');
};

const actions = ['list', 'simulate', 'show', 'replay', 'pending', 'dead', 'dead-letters'];
const sayWhat =
  'Say what to do: list, simulate, show <id>, replay <id>, replay --from <moment>, pending, dead or dead-letters';

const events = async (input: Input): Promise<number> => {
  const [action = '', id, ...rest] = input.positionals;
  if (action === 'dead-letters') return deadLetters(input, input.positionals.slice(1));
  const { from } = input.values;
  if (rest.length > 0) throw new CommandError(`What is "${rest[0]}"?`, '--help shows how to call it');
  if (action === 'list' && id === undefined) return list(input);
  if (action === 'simulate' && id === undefined) return simulateBots(input);
  if (action === 'show' && id !== undefined) return show(input, id);
  if (action === 'replay' && id !== undefined) return replayOne(input, id);
  if (action === 'replay' && from !== undefined) return replayMany(input, from);
  if ((action === 'pending' || action === 'dead') && id === undefined) return showStored(input, action);
  const near = actions.includes(action) ? [] : nearestNames(action, actions);
  throw new CommandError(
    near.length === 0 ? sayWhat : `There is no "${action}"`,
    ...(near.length === 0 ? [] : [`Did you mean ${near.join(', ')}?`]),
  );
};

await runCommand(description, events);

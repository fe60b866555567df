import { setTimeout as sleep } from 'node:timers/promises';
import { findProjectRoot } from '../project-root.js';
import { localSecretOf } from '../senders/local-provider-secret.js';
import { ownSenders } from '../senders/own-senders.js';
import { listSamples } from '../senders/pick-sample.js';
import type { PostOutcome } from '../senders/post-delivery.js';
import { sendAll } from '../senders/send-all.js';
import type { Sender } from '../senders/sender.js';
import { senders } from '../senders/senders.js';
import { findStack } from '../stack/find-stack.js';
import type { StackRecord } from '../stack/stack-record.js';
import { chooseSamples, findSender, type LabelledSample } from './sending/choose-samples.js';
import { deliverer } from './sending/deliverer.js';
import { describeAnswer, describeStatus, hintFor, isAccepted } from './sending/describe-answer.js';
import { editSample } from './sending/edit-sample.js';
import { recordPosted } from './sending/record-posted.js';
import { replayedSamples } from './sending/replayed-samples.js';
import { summarize } from './sending/summarize.js';
import { loadOwnProviders, providersFile } from './stack/load-own-providers.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';
import { endOf, watchForEnd } from './terminal/watch.js';
import { readWholeNumber } from './terminal/whole-number.js';

const options = {
  all: { type: 'boolean', help: 'send every sample: of the event that is named, else of every event' },
  list: { type: 'boolean', help: 'show the events there are samples of' },
  file: { type: 'string', value: 'path', help: 'send these bytes; say which event they are with --event' },
  event: { type: 'string', value: 'name', help: 'the event of --file, e.g. pull_request' },
  replay: {
    type: 'string',
    value: 'path',
    help: 'send a request that "npm run capture" has kept, or a folder of them, signed anew',
  },
  set: {
    type: 'string',
    value: 'path=value',
    multiple: true,
    help: 'change a field first, e.g. pull_request.title=Hello; repeatable',
  },
  rate: { type: 'string', value: 'n', help: 'so many a second, up to 100 at once unless --concurrency says otherwise' },
  repository: { type: 'string', value: 'owner/name', help: 'send the sample as if it came from this repository' },
  url: { type: 'string', value: 'url', help: 'where to: a base, or the whole URL of the webhook (default: the stack)' },
  secret: { type: 'string', value: 'secret', help: 'what to sign with (default: the secret of the local stack)' },
  delivery: { type: 'string', value: 'id', help: 'the delivery id (default: a new one for each)' },
  form: { type: 'boolean', help: 'send the payload inside a form' },
  corrupt: {
    type: 'string',
    value: 'what',
    help: 'a wrong "signature", a changed "body" or a stale "timestamp"; 401 is expected',
  },
  count: { type: 'string', value: 'n', default: '1', help: 'send everything so many times (default: 1)' },
  concurrency: {
    type: 'string',
    value: 'n',
    help: 'so many at once (default: 1, which keeps the order)',
  },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Sends signed webhooks, as the provider would.',
  words: 2,
  usage: [
    'npm run send -- github pull_request.opened      the first sample of that event and action',
    'npm run send -- github pull_request.opened/2    the second',
    'npm run send -- github --all',
    'npm run send -- github --event push --file body.json --url https://example.org --secret <secret>',
    'npm run send -- github push --set repository.full_name=me/mine --count 50 --rate 10',
    'npm run send -- github --replay captured/github',
    'npm run send -- github-acme push                a tenant of providers.json',
  ],
  options,
  notes: ['Ends with 0 when every delivery was accepted (with --corrupt: refused with 401).'],
};

type Values = CommandInput<typeof options>['values'];

/** The stack to send to; one is needed unless the user names a URL, or sends nothing. */
const stackFor = async ({ state, url, list }: Values): Promise<StackRecord | undefined> => {
  const directory = stateDirectoryFor(state);
  if (url === undefined && list !== true) return requireStack(directory);
  const found = await findStack(directory);
  return found.kind === 'running' ? found.record : undefined;
};

/** The senders of one's own that the running stack has, else those that one started here would have. */
const loadSenders = (stack: StackRecord | undefined) => {
  const root = findProjectRoot(import.meta.dirname);
  const path = stack?.providersFile ?? providersFile(root, process.env['PROVIDERS_CONFIG']);
  const { text, providers } = loadOwnProviders(path);
  return { own: providers, all: [...senders, ...ownSenders(text, providers)] };
};

const printList = (sender: Sender): void => {
  for (const [event, actions] of listSamples(sender.samples())) {
    const named = [...actions].map(([action, count]) => `${action || '(no action)'}${count > 1 ? ` ×${count}` : ''}`);
    console.log(`${paint.strong(event)}  ${named.join(', ')}`);
  }
};

const printOne = (
  { sender, corrupt }: { readonly sender: Sender; readonly corrupt: string | undefined },
  { label }: LabelledSample,
  outcome: PostOutcome,
): void => {
  console.log(`${describeStatus(outcome)}  ${sender.provider} ${label}, ${outcome.durationMs} ms`);
  for (const line of describeAnswer(outcome)) console.log(line);
  const hint = corrupt === undefined ? hintFor(outcome, sender.provider) : undefined;
  if (hint !== undefined) console.log(`  → ${hint}`);
};

interface Turns {
  readonly rate: number | undefined;
  readonly startedAt: number;
  readonly signal: AbortSignal;
}

/** At a rate each item has its time; one that is late begins at once. */
const waitForTurn = async (index: number, { rate, startedAt, signal }: Turns): Promise<void> => {
  const waitMs = rate === undefined ? 0 : startedAt + (index * 1_000) / rate - performance.now();
  if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
};

const send = async ({ values, positionals }: CommandInput<typeof options>): Promise<number> => {
  const [provider, selector] = positionals;
  const stack = await stackFor(values);
  const known = loadSenders(stack);
  const sender = findSender(provider, known.all);
  if (values.list === true) {
    printList(sender);
    return 0;
  }
  const { all = false, file, event, repository } = values;
  const count = readWholeNumber(values.count, { option: 'count', from: 1, to: 10_000 });
  const rate =
    values.rate === undefined ? undefined : readWholeNumber(values.rate, { option: 'rate', from: 1, to: 1_000 });
  const usual = rate === undefined ? '1' : '100';
  const concurrency = readWholeNumber(values.concurrency ?? usual, { option: 'concurrency', from: 1, to: 1_000 });
  const wanted =
    values.replay === undefined
      ? await chooseSamples(sender, { selector, all, file, event, repository })
      : await replayedSamples(values.replay, sender);
  const chosen = wanted.map((one) => ({ ...one, sample: editSample(one.sample, values.set ?? []) }));
  const items = Array.from({ length: count }, () => chosen).flat();
  const localSecret = localSecretOf(sender.provider, known.own).signing;
  const deliver = deliverer({
    sender,
    values,
    hostUrl: stack?.host?.url,
    localSecret,
    onPosted: recordPosted(stack, sender),
  });
  const watch = watchForEnd();
  const { progress, signal } = watch;
  const startedAt = performance.now();
  const onSent = (done: number, { label }: LabelledSample): void => {
    if (items.length > 1) progress.update(done, items.length, label);
  };

  const turn = (index: number): Promise<void> => waitForTurn(index, { rate, startedAt, signal });
  const sent = await sendAll({ items, concurrency, send: deliver, turn, signal, onSent }).finally(() =>
    progress.clear(),
  );

  const isExpected = (outcome: PostOutcome): boolean =>
    values.corrupt === undefined ? isAccepted(outcome) : outcome.kind === 'answered' && outcome.status === 401;
  const unexpected = sent.filter(({ outcome }) => !isExpected(outcome));
  const seconds = (performance.now() - startedAt) / 1_000;
  if (sent.length === 1)
    for (const { item, outcome } of sent) printOne({ sender, corrupt: values.corrupt }, item, outcome);
  else for (const line of summarize({ sent, unexpected, seconds, provider: sender.provider })) console.log(line);
  return endOf(watch, unexpected.length === 0 ? 0 : 1);
};

await runCommand(description, send);

import { randomUUID } from 'node:crypto';
import { builtInProviders } from '../../src/providers/built-in.js';
import type { Provider } from '../../src/providers/provider.js';
import { isSecretForm } from '../../src/signatures/verify-signature.js';
import { localSecretOf } from '../senders/local-provider-secret.js';
import { nearestNames } from '../senders/nearest-names.js';
import { postDelivery } from '../senders/post-delivery.js';
import { senders } from '../senders/senders.js';
import { localAdminToken, localFunctionKey } from '../stack/local-secrets.js';
import type { StackRecord } from '../stack/stack-record.js';
import { keepSecret } from './listening/local-vault.js';
import { judgeProbe, type Probe } from './listening/probe.js';
import { type Destination, describeRoute, describeTunnels, usualProviders } from './listening/routes.js';
import { loadOwnProviders } from './stack/load-own-providers.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { CommandError } from './terminal/command-error.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = {
  secret: { type: 'string', value: 'secret', help: 'a secret that the sender has chosen: put it into the local vault' },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Says how to point real senders at this machine, and checks with a signed probe that webhooks arrive.',
  words: 30,
  usage: [
    'npm run listen                                 GitHub, Stripe, Slack and Discord, and how to make a tunnel',
    'npm run listen -- https://x.trycloudflare.com  the same for that tunnel, after a probe through it',
    'npm run listen -- linear zoom                  other senders',
    'npm run listen -- stripe --secret whsec_…      what "stripe listen" has printed',
  ],
  options,
  notes: ['Ends with 0 when the probe arrived at the running stack.'],
};

const probeTimeoutMs = 20_000;

interface Wanted {
  readonly tunnel: URL | undefined;
  readonly named: readonly string[];
}

const readTunnel = (word: string): URL => {
  if (!URL.canParse(word))
    throw new CommandError(`"${word}" is not a URL`, 'Copy the address that the tunnel has printed');
  const url = new URL(word);
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    throw new CommandError(`"${word}" is more than an address`, `Give its base: ${url.origin}`);
  return url;
};

const readWords = (words: readonly string[], known: readonly string[]): Wanted => {
  const urls = words.filter((word) => word.includes('://'));
  const named = words.filter((word) => !word.includes('://'));
  if (urls.length > 1) throw new CommandError('One tunnel at a time');
  for (const name of named.filter((one) => !known.includes(one))) {
    const near = nearestNames(name, known);
    throw new CommandError(
      `"${name}" is neither a sender nor a URL with http:// or https://`,
      near.length > 0 ? `Did you mean ${near.join(', ')}?` : `Known: ${known.join(', ')}`,
    );
  }
  return { tunnel: urls[0] === undefined ? undefined : readTunnel(urls[0]), named };
};

const operatorHeaders = { authorization: `Bearer ${localAdminToken}`, 'x-functions-key': localFunctionKey };

/** Which senders the app takes: deep health has a check for each one's secret. */
const providersOn = async (hostUrl: string): Promise<string> => {
  const reply = await fetch(`${hostUrl}/api/health/deep`, {
    headers: operatorHeaders,
    signal: AbortSignal.timeout(5_000),
  });
  return reply.text();
};

const probe = async (hostUrl: string, base: URL): Promise<Probe> => {
  const sender = senders.find(({ provider }) => provider === 'github');
  const sample = sender?.samples().find(({ event }) => event === 'ping');
  if (sender === undefined || sample === undefined) throw new TypeError('There is no ping to probe with');
  const secret = localSecretOf('github').signing;
  const signed = sender.sign({ sample, deliveryId: randomUUID(), secret, form: false, nowMs: Date.now() });
  const url = new URL(`${base.pathname.replace(/\/$/, '')}/api/webhooks/github`, base);
  const outcome = await postDelivery(url, signed, probeTimeoutMs);
  return judgeProbe(outcome, async (id) => {
    const found = await fetch(`${hostUrl}/api/events/${encodeURIComponent(id)}`, { headers: operatorHeaders });
    return found.ok;
  });
};

const destinationOf = (
  provider: string,
  {
    hostUrl,
    tunnel,
    own,
    on,
  }: {
    readonly hostUrl: string;
    readonly tunnel: URL | undefined;
    readonly own: readonly Provider[];
    readonly on: string;
  },
): Destination => ({
  provider,
  local: `${hostUrl}/api/webhooks/${provider}`,
  outside: tunnel === undefined ? undefined : `${tunnel.href.replace(/\/$/, '')}/api/webhooks/${provider}`,
  secret: localSecretOf(provider, own).stored,
  isOn: on.includes(`"${provider}_secret"`),
});

const storeSecret = async (
  stack: StackRecord,
  wanted: Wanted,
  secret: string,
  own: readonly Provider[],
): Promise<void> => {
  const [provider, another] = wanted.named;
  if (provider === undefined || another !== undefined)
    throw new CommandError('--secret is for one sender', 'For example: npm run listen -- stripe --secret whsec_…');
  const signing = [...builtInProviders, ...own].find(({ name }) => name === provider)?.signing ?? [];
  if (Buffer.byteLength(secret) < 16 || !isSecretForm(signing, secret))
    throw new CommandError(
      `The secret does not have the form that ${provider} signs with`,
      'Copy it whole, without spaces',
    );
  await keepSecret(stack, provider, secret);
  console.log(
    `${paint.good('✓')} The local vault has it. The app reads it within five minutes, or when npm start begins anew.`,
  );
  console.log('');
};

const tell = (base: URL, found: Probe): void => {
  if (found.kind === 'arrived')
    console.log(`${paint.good('✓')} A signed probe to ${base.origin} arrived at this stack.`);
  else console.log(`${paint.bad('✗')} A signed probe to ${base.origin}: ${found.what}\n  ${found.advice}`);
  console.log('');
};

const listen = async ({ values, positionals }: CommandInput<typeof options>): Promise<number> => {
  const stack = await requireStack(stateDirectoryFor(values.state));
  const hostUrl = stack.host?.url;
  if (hostUrl === undefined) throw new CommandError('The stack runs without a host', 'Start it with: npm start');
  const own = stack.providersFile === undefined ? [] : loadOwnProviders(stack.providersFile).providers;
  const known = [...builtInProviders, ...own].map(({ name }) => name);
  const wanted = readWords(positionals, known);
  if (values.secret !== undefined) await storeSecret(stack, wanted, values.secret, own);
  const base = wanted.tunnel ?? new URL(hostUrl);
  const found = await probe(hostUrl, base);
  tell(base, found);
  if (wanted.tunnel === undefined) for (const line of describeTunnels(base.port)) console.log(line);
  const on = await providersOn(hostUrl);
  const shown = wanted.named.length > 0 ? wanted.named : usualProviders;
  for (const provider of shown)
    for (const line of describeRoute(destinationOf(provider, { hostUrl, tunnel: wanted.tunnel, own, on })))
      console.log(line);
  return found.kind === 'arrived' ? 0 : 1;
};

await runCommand(description, listen);

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultAzureCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { describeHealth } from '../local/commands/looking/describe-health.js';
import { CommandError } from '../local/commands/terminal/command-error.js';
import { type CommandDescription, type CommandOptions, runCommand } from '../local/commands/terminal/run-command.js';
import { webhookSecretName } from '../src/secrets/secrets.js';
import { botsFileSchema } from '../src/settings/bots-schema.js';
import { askHidden } from './deployment/ask-hidden.js';
import { type AzureManagement, createAzureManagement } from './deployment/azure-management.js';
import { type DeploymentTarget, parseAzdValues, readTarget } from './deployment/deployment-target.js';
import { followPing } from './deployment/follow-ping.js';
import { missingSecrets, setSecrets } from './deployment/set-secrets.js';
import { signPing } from './deployment/signed-ping.js';
import { wantedSecrets } from './deployment/wanted-secrets.js';

const options = {
  rotate: {
    type: 'string',
    value: 'name',
    multiple: true,
    help: 'store a new version of this secret, although it has one (may be given more than once)',
  },
  check: {
    type: 'boolean',
    help: 'set nothing and ask nothing: for a pipeline, which must be allowed to read the secrets',
  },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Sets the secrets of a deployment, prints its webhook URLs and checks that it works.',
  usage: ['npm run verify-deployment', 'npm run verify-deployment -- --rotate github-webhook-secret'],
  options,
  notes: [
    'Reads BREAKWATER_BASE_URL and the like from the environment, else from "azd env get-values". Secrets are asked for at the',
    'terminal or made up, never taken as arguments, and never shown.',
  ],
};

/** A cold start, roles that spread, and a missing secret that is remembered for 30 s: after that much it is a fault. */
const patienceMs = 240_000;
const pauseMs = 15_000;
const answerTimeoutMs = 60_000;

const print = (line: string): void => console.log(line);

const azdValues = (): Readonly<Record<string, string | undefined>> => {
  try {
    return parseAzdValues(
      execFileSync('azd', ['env', 'get-values'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return {};
  }
};

const findTarget = (): DeploymentTarget => {
  const fromEnvironment = readTarget(process.env);
  if (fromEnvironment.ok) return fromEnvironment.target;
  const reading = readTarget({ ...azdValues(), ...process.env });
  if (reading.ok) return reading.target;
  throw new Error(`Not known: ${reading.missing.join(', ')}. Run "azd up" first, or set them.`);
};

const readBotsFile = () => botsFileSchema.parse(JSON.parse(readFileSync('bots.json', 'utf8'))).bots;

type Answer = { readonly status: number; readonly json: unknown } | { readonly status: 0; readonly json: undefined };

const request = async (url: string, init: RequestInit): Promise<Answer> => {
  try {
    const reply = await fetch(url, { ...init, signal: AbortSignal.timeout(answerTimeoutMs) });
    return { status: reply.status, json: await reply.json().catch(() => undefined) };
  } catch {
    return { status: 0, json: undefined };
  }
};

const until = async (attempt: () => Promise<Answer>, isGood: (answer: Answer) => boolean): Promise<Answer> => {
  const endsMs = performance.now() + patienceMs;
  for (;;) {
    const answer = await attempt();
    if (isGood(answer) || performance.now() > endsMs) return answer;
    print(`  ${answer.status === 0 ? 'no answer' : answer.status} so far; asking again`);
    await sleep(pauseMs);
  }
};

interface Verification {
  readonly target: DeploymentTarget;
  readonly vault: SecretClient;
  readonly management: AzureManagement;
}

const sendPing = async ({ vault, target, management }: Verification): Promise<boolean> => {
  const { value: secret = '' } = await vault.getSecret(webhookSecretName('github'));
  const { headers, body } = signPing({ secret, deliveryId: randomUUID() });
  const post = () => request(`${target.baseUrl}/api/webhooks/github`, { method: 'POST', headers, body });
  const queues = new Map(readBotsFile().map(({ name, queue }) => [name, queue]));
  return followPing(
    {
      post: () => until(post, (answer) => answer.status === 202),
      count: (bot) => management.queueCount(queues.get(bot) ?? bot),
      print,
      pause: () => sleep(2_000),
    },
    [...queues.keys()],
  );
};

/** A new app has no keys before its host has started. */
const readFunctionKey = async (management: AzureManagement): Promise<string> => {
  const endsMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await management.functionKey();
    } catch (fault) {
      if (performance.now() > endsMs) throw fault;
      print(`  ${fault instanceof Error ? fault.message : String(fault)}; asking again`);
      await sleep(pauseMs);
    }
  }
};

const readHealth = async ({ target, management }: Verification): Promise<boolean> => {
  const headers = { 'x-functions-key': await readFunctionKey(management) };
  const ask = () => request(`${target.baseUrl}/api/health/deep?probe=true`, { headers });
  const { json } = await until(ask, ({ json }) => describeHealth(json).healthy);
  const { healthy, lines } = describeHealth(json);
  for (const line of lines) print(`  ${line}`);
  return healthy;
};

/** Stores what is missing; without a terminal only says it. */
const provideSecrets = async ({ vault, target, management }: Verification, options: Choice): Promise<void> => {
  const wanted = wantedSecrets(target.providers);
  if (options.check) {
    const missing = await missingSecrets(vault, wanted);
    if (missing.length > 0)
      throw new Error(`No version of ${missing.join(', ')}: run "npm run verify-deployment" at a terminal`);
    print('✓ every secret is set');
    return;
  }
  const stored = await setSecrets({ vault, ask: askHidden, print }, wanted, new Set(options.rotate));
  if (stored > 0)
    await management
      .refreshReferences()
      .then(() => print('✓ the fallback secrets of the app are resolved anew'))
      .catch(() => print('  The fallback secrets of the app are resolved anew within a day'));
  print(`  To copy one: az keyvault secret show --id ${target.vaultUri}secrets/<name> --query value --output tsv`);
};

interface Choice {
  readonly rotate: readonly string[];
  readonly check: boolean;
}

const verify = async (choice: Choice): Promise<boolean> => {
  const target = findTarget();
  const credential = new DefaultAzureCredential(target.tenantId === undefined ? {} : { tenantId: target.tenantId });
  const getToken = async () => (await credential.getToken('https://management.azure.com/.default')).token;
  const verification: Verification = {
    target,
    vault: new SecretClient(target.vaultUri, credential),
    management: createAzureManagement({ fetch, getToken, timeoutMs: answerTimeoutMs }, target),
  };
  print('Secrets');
  await provideSecrets(verification, choice);
  print('Webhook URLs');
  for (const provider of target.providers) print(`  ${target.baseUrl}/api/webhooks/${provider}`);
  print('Verification');
  const healthy = await readHealth(verification);
  if (!target.providers.includes('github')) {
    print('  GitHub is off, so no delivery was sent: send one from a provider that is on');
    return healthy;
  }
  return (await sendPing(verification)) && healthy;
};

await runCommand(description, async ({ values }) => {
  try {
    return (await verify({ rotate: values.rotate ?? [], check: values.check === true })) ? 0 : 1;
  } catch (fault) {
    throw new CommandError(fault instanceof Error ? fault.message : String(fault));
  }
});

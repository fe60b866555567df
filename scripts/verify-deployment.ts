import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DefaultAzureCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { z } from 'zod';
import { webhookSecretName } from '../src/secrets/secret-names.js';
import { askHidden } from './deployment/ask-hidden.js';
import { type DeploymentTarget, parseAzdValues, readTarget } from './deployment/deployment-target.js';
import { describeHealth } from './deployment/describe-health.js';
import { setSecrets } from './deployment/set-secrets.js';
import { signPing } from './deployment/signed-ping.js';
import { wantedSecrets } from './deployment/wanted-secrets.js';

const usage = `Sets the secrets of a deployment, prints its webhook URLs and checks that it works.

Usage: npm run verify-deployment [-- --rotate <secret name>]

  --rotate <name>  store a new version of this secret, although it has one (may be given more than once)

Reads BREAKWATER_BASE_URL and the like from the environment, else from "azd env get-values". Secrets are asked for at the
terminal or made up, never taken as arguments, and never shown.`;

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

const hostKeysSchema = z.object({ functionKeys: z.record(z.string(), z.string()) });

const readFunctionKey = async (credential: DefaultAzureCredential, target: DeploymentTarget): Promise<string> => {
  const { subscriptionId, resourceGroup, functionAppName } = target;
  const { token } = await credential.getToken('https://management.azure.com/.default');
  const site = `subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/sites/${functionAppName}`;
  const reply = await fetch(`https://management.azure.com/${site}/host/default/listkeys?api-version=2025-03-01`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  if (!reply.ok) throw new Error(`The function keys could not be read: ${reply.status}`);
  const key = hostKeysSchema.parse(await reply.json()).functionKeys['default'];
  if (key === undefined) throw new Error('The app has no default function key yet');
  return key;
};

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

const sendPing = async (vault: SecretClient, target: DeploymentTarget): Promise<boolean> => {
  const { value: secret = '' } = await vault.getSecret(webhookSecretName('github'));
  const { headers, body } = signPing({ secret, deliveryId: randomUUID() });
  const post = () => request(`${target.baseUrl}/api/webhooks/github`, { method: 'POST', headers, body });
  const { status } = await until(post, (answer) => answer.status === 202);
  print(status === 202 ? '✓ a signed ping was accepted' : `✗ a signed ping was answered ${status}`);
  return status === 202;
};

const readHealth = async (credential: DefaultAzureCredential, target: DeploymentTarget): Promise<boolean> => {
  const headers = { 'x-functions-key': await readFunctionKey(credential, target) };
  const ask = () => request(`${target.baseUrl}/api/health/deep?probe=true`, { headers });
  const { json } = await until(ask, ({ json }) => describeHealth(json).healthy);
  const { healthy, lines } = describeHealth(json);
  for (const line of lines) print(`  ${line}`);
  return healthy;
};

const verify = async (rotate: readonly string[]): Promise<boolean> => {
  const target = findTarget();
  const credential = new DefaultAzureCredential();
  const vault = new SecretClient(target.vaultUri, credential);
  print('Secrets');
  await setSecrets({ vault, ask: askHidden, print }, wantedSecrets(target.providers), new Set(rotate));
  print(`  To copy one: az keyvault secret show --id ${target.vaultUri}secrets/<name> --query value --output tsv`);
  print('Webhook URLs');
  for (const provider of target.providers) print(`  ${target.baseUrl}/api/webhooks/${provider}`);
  print('Verification');
  const pinged = target.providers.includes('github') ? await sendPing(vault, target) : true;
  return (await readHealth(credential, target)) && pinged;
};

const { values } = parseArgs({ options: { rotate: { type: 'string', multiple: true }, help: { type: 'boolean' } } });
if (values.help === true) print(usage);
else {
  try {
    process.exitCode = (await verify(values.rotate ?? [])) ? 0 : 1;
  } catch (fault) {
    console.error(`✗ ${fault instanceof Error ? fault.message : String(fault)}`);
    process.exitCode = 1;
  }
}

import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { webhookSecretName } from '../../../src/secrets/secrets.js';
import type { StackRecord } from '../../stack/stack-record.js';
import { CommandError } from '../terminal/command-error.js';

interface VaultRequest {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly body?: string;
}

/** The stand-in lets anybody in who shows a token: it keeps nothing but local secrets. */
const ask = ({ keyVault }: StackRecord, { method, path, body }: VaultRequest) =>
  new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const headers = { authorization: 'Bearer local', 'content-type': 'application/json' };
    const options = { method, headers, ca: readFileSync(keyVault.caFile), timeout: 5_000 };
    const asked = request(new URL(`${path}?api-version=7.5`, keyVault.vaultUri), options, (reply) => {
      text(reply).then((answer) => resolve({ status: reply.statusCode ?? 0, text: answer }), reject);
    });
    asked.once('timeout', () => asked.destroy(new Error('the vault does not answer')));
    asked.once('error', reject).end(body);
  });

const failed = (what: string): CommandError =>
  new CommandError(`The local vault cannot be used: ${what}`, 'npm run health says more');

/** Adds a version of a sender's secret to the vault of the running stack. Throws `CommandError`. */
export const keepSecret = async (stack: StackRecord, provider: string, secret: string): Promise<void> => {
  const path = `/secrets/${webhookSecretName(provider)}`;
  const { status } = await ask(stack, { method: 'PUT', path, body: JSON.stringify({ value: secret }) }).catch(
    (fault: unknown) => {
      throw failed(fault instanceof Error ? fault.message : String(fault));
    },
  );
  if (status !== 200) throw failed(`it answers ${status}`);
};

import type { SecretStanding } from '../secrets/cached-secret.js';
import { adminTokenSecretName, webhookSecretName } from '../secrets/secrets.js';
import { checkName, type HealthCheck, isDegraded, isNotConfigured, isWell, type NamedCheck } from './health-check.js';

type Standing = (secretName: string) => SecretStanding;

const unusable = (name: string, { problem, source }: SecretStanding): HealthCheck => {
  const verifies = source === 'none' ? 'every delivery is refused with 503' : 'an older version still verifies';
  return isDegraded({
    message: `The secret ${name} ${problem}; ${verifies}`,
    action: `Store ${name} again, the text alone: at least 16 bytes, no line feed or space around it. npm run verify-deployment asks for it.`,
  });
};

const whileVaultFails = (name: string, { source, reason }: SecretStanding): HealthCheck => {
  const served = { cache: 'its cached value', fallback: 'the setting', vault: 'its value', none: 'nothing' }[source];
  return isDegraded({
    message: `Key Vault fails; deliveries are verified with ${served}`,
    reason,
    action:
      source === 'none'
        ? `Deliveries wait in quarantine. See key_vault_circuit for what to do; until then set ${name} as a fallback in the settings.`
        : 'See key_vault_circuit for what to do. Do not restart the app before: a new instance has nothing cached.',
  });
};

const secretOf = (name: string, standing: SecretStanding): HealthCheck => {
  const { source, failing, problem } = standing;
  if (problem !== undefined) return unusable(name, standing);
  if (source === 'vault') return isWell(`The secret ${name} verifies`);
  if (failing || source !== 'none') return whileVaultFails(name, standing);
  return isWell(`The secret ${name} has not been needed yet`);
};

const adminToken = (standing: SecretStanding): HealthCheck =>
  standing.problem !== undefined && standing.source === 'none' && !standing.failing
    ? isNotConfigured(
        `the secret ${adminTokenSecretName} ${standing.problem}; operators' commands are refused`,
        `Store ${adminTokenSecretName} in the vault. npm run verify-deployment asks for it.`,
      )
    : secretOf(adminTokenSecretName, standing);

/** One line for each provider's secret, and one for the operators' token. Asks nobody. */
export const checkSecrets = (providers: readonly string[], standing: Standing): readonly NamedCheck[] => [
  ...providers.map((provider): NamedCheck => {
    const name = webhookSecretName(provider);
    return [checkName(provider, 'secret'), secretOf(name, standing(name))];
  }),
  [checkName(adminTokenSecretName), adminToken(standing(adminTokenSecretName))],
];

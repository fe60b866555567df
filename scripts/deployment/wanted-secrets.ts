import { adminTokenSecretName, webhookSecretName } from '../../src/secrets/secrets.js';

/** One secret that a deployment needs. */
export interface WantedSecret {
  readonly name: string;
  readonly purpose: string;
  /** Whether any text will do, so that one can be made up here; others are given out by the sender. */
  readonly generatable: boolean;
}

/** Their settings pages take a secret of one's own; every other sender hands one out. */
const takesAnySecret: ReadonlySet<string> = new Set(['github', 'gitlab', 'gitea', 'bitbucket', 'telegram']);

/** The secrets of these providers, and the admin token. */
export const wantedSecrets = (providers: readonly string[]): readonly WantedSecret[] => [
  ...providers.map((provider) => ({
    name: webhookSecretName(provider),
    purpose: `signs the deliveries of ${provider}`,
    generatable: takesAnySecret.has(provider),
  })),
  { name: adminTokenSecretName, purpose: 'is asked for by the commands of operators', generatable: true },
];

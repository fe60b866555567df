/** The vault's name for the secret that a provider's deliveries are signed with. */
export const webhookSecretName = (provider: string): string => `${provider}-webhook-secret`;

/** The vault's name for the token that the operations ask for. */
export const adminTokenSecretName = 'admin-token';

/** Every secret that requests may ask for, by the vault's names. */
export const secretNamesOf = (providers: readonly string[]): readonly string[] => [
  ...providers.map(webhookSecretName),
  adminTokenSecretName,
];

/** The values that `npm start` and its documentation publish. Anyone can sign with them. */
export const developmentSecrets: readonly string[] = ["It's a Secret to Everybody", 'local-admin-token'];

/** Why a value cannot be a secret outside development: it stands in this project's documentation. */
export const refuseDevelopmentSecret = (value: string): string | undefined =>
  developmentSecrets.includes(value.trim()) ? 'is the published secret for local development' : undefined;

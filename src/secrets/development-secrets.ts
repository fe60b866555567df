/** The values that `npm start` and its documentation publish, in every form that a sender asks for. Anyone can sign with them. */
export const developmentSecrets: readonly string[] = [
  "It's a Secret to Everybody",
  'It-s-a-Secret-to-Everybody',
  "breakwater:It's a Secret to Everybody",
  'SXQncyBhIFNlY3JldCB0byBFdmVyeWJvZHk=',
  'whsec_SXQncyBhIFNlY3JldCB0byBFdmVyeWJvZHk=',
  'cab32f3df7ce3b5bd71cfddcd414732dbf8b6a55cc5d043cef8fbdc8418eb622',
  'local-admin-token',
];

/** Why a value cannot be a secret outside development: it stands in this project's documentation. */
export const refuseDevelopmentSecret = (value: string): string | undefined =>
  developmentSecrets.includes(value.trim()) ? 'is the published secret for local development' : undefined;

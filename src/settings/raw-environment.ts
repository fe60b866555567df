/** The environment's variables by name; unset and blank ones are absent, so an empty value means "not set". */
export type RawEnvironment = Readonly<Record<string, string>>;

const isSecret = (name: string): boolean => name === 'ADMIN_TOKEN' || name.startsWith('WEBHOOK_SECRET_');

/** Drops what is unset or blank and trims the rest, but for secrets, in which every byte counts. */
export const withoutBlanks = (environment: Readonly<Record<string, string | undefined>>): RawEnvironment => {
  const entries: (readonly [string, string])[] = [];
  for (const [name, value = ''] of Object.entries(environment)) {
    if (value.trim() !== '') entries.push([name, isSecret(name) ? value : value.trim()]);
  }
  return Object.fromEntries(entries);
};

/** The value of a JSON text, or of one in UTF-8; `undefined` for anything else. */
export const parseJson = (json: string | Buffer): unknown => {
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    return undefined;
  }
};

/** A name that an operator gives to a provider or a bot: it is part of routes, secret names and blob names. */
export const namePattern = '[a-z0-9][a-z0-9-]{0,62}';
export const nameForm = new RegExp(`^${namePattern}$`);

/** For sorting, by code units: the same order everywhere, and that of names in storage. */
export const compareTexts = (one: string, other: string): number => {
  if (one === other) return 0;
  return one < other ? -1 : 1;
};

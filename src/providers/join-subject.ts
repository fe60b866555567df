/** `{part}/{part}…` of those that are there; `undefined` when none is. */
export const joinSubject = (...parts: readonly (string | undefined)[]): string | undefined => {
  const present = parts.filter((part) => part !== undefined);
  return present.length === 0 ? undefined : present.join('/');
};

/** `{kind}/{id}`, or nothing without an id. */
export const entity = (kind: string, id: string | undefined): string | undefined =>
  id === undefined ? undefined : `${kind}/${id}`;

const maxNameLength = 128;

/** What may stand in one segment of an event type, and in a pattern over types. */
const separators = /[^A-Za-z0-9_-]+/g;
const edges = /^\.+|\.+$/g;

/**
 * A sender's word for what happened, as it stands in a type: letters, digits, `_` and `-` are kept, whatever is between
 * becomes one dot (`pullrequest:created` is `pullrequest.created`). `undefined` when nothing is left, or too much.
 */
export const eventName = (text: string | null | undefined): string | undefined => {
  const name = (text ?? '').replace(separators, '.').replace(edges, '');
  return name === '' || name.length > maxNameLength ? undefined : name;
};

/** An action is one segment: what would be several is none. */
export const actionName = (text: string | undefined): string | undefined => {
  const name = eventName(text);
  return name?.includes('.') ? undefined : name;
};

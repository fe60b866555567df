/** Longer texts are no names, and must not become part of a key, a subject or a URL. */
const maxTextLength = 1024;

/** Control characters and lone surrogates: no attribute of an event may hold them (CloudEvents, section 3.1, String). */
const forbiddenCharacter = /[\p{Cc}\p{Cs}]/u;

/**
 * Follows own members of plain objects through parsed JSON of unknown shape; `undefined` where the path leaves them. Nothing
 * inherited is ever read, whatever a payload calls its members.
 */
export const memberAt = (value: unknown, ...path: readonly string[]): unknown => {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
};

/** The text at a path: 1 to 1024 characters, each one that an event's attribute may hold. */
export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const text = memberAt(value, ...path);
  if (typeof text !== 'string' || text === '' || text.length > maxTextLength) return undefined;
  return forbiddenCharacter.test(text) ? undefined : text;
};

/** The text at a path, whatever its length and letters: for what is encoded before it becomes part of an attribute. */
export const wordAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const text = memberAt(value, ...path);
  return typeof text === 'string' && text !== '' ? text : undefined;
};

/** The whole number at a path, in digits; `undefined` above 2^53, where parsing has already changed it. */
export const numberAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const number = memberAt(value, ...path);
  return Number.isSafeInteger(number) && Number(number) >= 0 ? String(number) : undefined;
};

/** The items of the list at a path; none when there is no list. */
export const itemsAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const items = memberAt(value, ...path);
  return Array.isArray(items) ? items : [];
};

/** Whether an object stands at a path. */
export const hasObjectAt = (value: unknown, ...path: readonly string[]): boolean => {
  const object = memberAt(value, ...path);
  return typeof object === 'object' && object !== null && !Array.isArray(object);
};

/** The identifier at a path: a text, or a whole number of either sign below 2^53, in digits. */
export const idAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const member = memberAt(value, ...path);
  return Number.isSafeInteger(member) ? String(member) : textAt(value, ...path);
};

/** How a JSON Pointer to a member or an item is spelled (RFC 6901, section 3); the whole document is no fact. */
export const jsonPointerForm = /^(?:\/(?:[^~/]|~[01])*){1,32}$/;

const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

const listIndex = /^(?:0|[1-9]\d{0,5})$/;

const step = (value: unknown, token: string): unknown =>
  Array.isArray(value) && listIndex.test(token) ? itemsAt({ value }, 'value')[Number(token)] : memberAt(value, token);

/** The text or integer that a pointer leads to; `undefined` when it leads to nothing or to something else. */
export const textAtPointer = (value: unknown, pointer: string): string | undefined => {
  const found = pointer.split('/').slice(1).map(unescaped).reduce(step, value);
  return idAt({ found }, 'found');
};

const printableUrl = /^https?:\/\/[\x21-\x7e]+$/;
const hostName = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(:\d{1,5})?$/;

/** An absolute web address without credentials, as the payload spells it. */
export const webUrl = (text: string | undefined): string | undefined => {
  if (text === undefined || !printableUrl.test(text)) return undefined;
  const url = URL.parse(text);
  return url === null || url.username !== '' || url.password !== '' ? undefined : text;
};

/** The origin of an address that `webUrl` lets pass. */
export const originOf = (text: string | undefined): string | undefined => {
  const url = webUrl(text);
  return url === undefined ? undefined : new URL(url).origin;
};

/** `https://{host}` when the text is a host's name, with or without a port. */
export const hostOrigin = (text: string | null | undefined): string | undefined =>
  text !== null && text !== undefined && hostName.test(text) ? `https://${text}` : undefined;

/** `{origin}/{segment}/{segment}…`, up to the first segment that is missing; each is escaped as a URL asks. */
export const urlBelow = (origin: string, ...segments: readonly (string | undefined)[]): string => {
  const missing = segments.indexOf(undefined);
  const present = (missing === -1 ? segments : segments.slice(0, missing)).filter((each) => each !== undefined);
  return [origin, ...present.map(encodeURIComponent)].join('/');
};

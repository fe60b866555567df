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

/** The parts of `Name=value;Name=value`, names in lower case; `undefined` when it has not that form. */
export const parseConnectionString = (text: string): ReadonlyMap<string, string> | undefined => {
  const parts = new Map<string, string>();
  for (const part of text.split(';').filter((piece) => piece.trim() !== '')) {
    const at = part.indexOf('=');
    if (at < 1) return undefined;
    parts.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  return parts.size === 0 ? undefined : parts;
};

/** Whether a host name or address means this machine. */
export const isLoopback = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i.test(hostname);

/** The URL in `text`, or `undefined` when it is none, carries credentials, a query (a SAS token) or a fragment. */
export const parsePlainUrl = (text: string): URL | undefined => {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const extras = [url.username, url.password, url.search, url.hash];
  return url.hostname !== '' && extras.every((extra) => extra === '') ? url : undefined;
};

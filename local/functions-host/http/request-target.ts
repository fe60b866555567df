/** Where a request goes: the whole URL as the client sent it, and the parts that routing and key checks read. */
export interface RequestTarget {
  readonly url: string;
  /** Without dot segments, still percent-encoded. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly search: string;
}

const host = /^([a-z0-9._~-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

/**
 * Reads the request line's target together with the `Host` header (RFC 9112, section 3.2). A request without that
 * header (HTTP/1.0) is taken to be for `ownAuthority`. Answers `undefined` for what no server should accept.
 */
export const readRequestTarget = (
  target: string,
  hostHeader: string | undefined,
  ownAuthority: string,
): RequestTarget | undefined => {
  const authority = hostHeader === undefined || hostHeader === '' ? ownAuthority : hostHeader;
  if (!host.test(authority)) return undefined;
  const origin = originForm(target);
  if (origin === undefined) return undefined;
  const url = `http://${authority}${origin}`;
  if (!URL.canParse(url)) return undefined;
  const queryAt = origin.indexOf('?');
  const path = queryAt < 0 ? origin : origin.slice(0, queryAt);
  return {
    url,
    path: /\/(\.|%2e)/i.test(path) ? new URL(path, 'http://dots').pathname : path,
    search: queryAt < 0 ? '' : origin.slice(queryAt),
  };
};

const originForm = (target: string): string | undefined => {
  const fragmentAt = target.indexOf('#');
  const whole = fragmentAt < 0 ? target : target.slice(0, fragmentAt);
  if (whole.startsWith('/')) return whole;
  if (!/^https?:\/\//i.test(whole) || !URL.canParse(whole)) return undefined;
  const { pathname, search } = new URL(whole);
  return `${pathname}${search}`;
};

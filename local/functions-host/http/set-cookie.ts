import type { RpcHttpCookie } from '../core/rpc-messages.js';

/** One `Set-Cookie` value as the host's web server writes it: value percent-encoded, path `/` unless given. */
export const setCookie = (cookie: RpcHttpCookie): string => {
  const attributes = [
    `${encodeURIComponent(cookie.name ?? '')}=${encodeURIComponent(cookie.value ?? '')}`,
    withValue('expires', expires(cookie)),
    withValue('max-age', wholeSeconds(cookie)),
    withValue('domain', cookie.domain?.value),
    withValue('path', cookie.path?.value ?? '/'),
    cookie.secure?.value === true ? 'secure' : undefined,
    withValue('samesite', sameSite(cookie)),
    cookie.httpOnly?.value === true ? 'httponly' : undefined,
  ];
  return attributes.filter((attribute) => attribute !== undefined).join('; ');
};

const withValue = (name: string, value: string | null | undefined): string | undefined =>
  value === null || value === undefined || value === '' ? undefined : `${name}=${value}`;

const expires = (cookie: RpcHttpCookie): string | undefined => {
  const seconds = cookie.expires?.value?.seconds;
  return typeof seconds === 'number' ? new Date(seconds * 1000).toUTCString() : undefined;
};

const wholeSeconds = (cookie: RpcHttpCookie): string | undefined => {
  const seconds = cookie.maxAge?.value;
  return typeof seconds === 'number' ? String(Math.trunc(seconds)) : undefined;
};

const sameSite = (cookie: RpcHttpCookie): string | undefined => {
  const { sameSite: value } = cookie;
  if (value === 'lax' || value === 'strict') return value;
  return value === 'explicitNone' ? 'none' : undefined;
};

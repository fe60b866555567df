import type { KeptRequest } from '../../senders/http-file.js';

/** Names of fields, headers and parameters whose values open something. */
const secretName =
  /secret|password|passwd|credential|authorization|api[_-]?key|access[_-]?key|private[_-]?key|cookie|(^|[_-])token$|token([_-]|$)|response_url|signature|(^|[_-])(sig|hmac|auth|otp)([_-]|$)/i;

export const removed = 'removed';

/** What a proxy or the connection adds, which no sender said. */
const ofTheWay =
  /^(host|connection|content-length|transfer-encoding|forwarded|via|x-forwarded-.*|x-real-ip|cf-.*|cdn-loop|true-client-ip|x-original-.*|x-ms-tunnel.*|ngrok-.*)$/i;

/** Every JSON text with a name before it: `"token": "…"`; nothing else of the text changes. */
const jsonField = /"((?:[^"\\]|\\.)*)"(\s*:\s*)"(?:[^"\\]|\\.)*"/g;

const withoutJsonSecrets = (text: string): string =>
  text.replaceAll(jsonField, (whole, name: string, gap: string) =>
    secretName.test(name) ? `"${name}"${gap}"${removed}"` : whole,
  );

const decoded = (value: string): string | undefined => {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};

const withoutFormSecrets = (text: string): string =>
  text
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      if (at < 0) return pair;
      if (secretName.test(decoded(name) ?? name)) return `${name}=${removed}`;
      const value = decoded(pair.slice(at + 1));
      const clean = value?.startsWith('{') ? withoutJsonSecrets(value) : undefined;
      return clean === undefined || clean === value ? pair : `${name}=${encodeURIComponent(clean)}`;
    })
    .join('&');

const isForm = (headers: KeptRequest['headers']): boolean =>
  headers.some(([name, value]) => /^content-type$/i.test(name) && /x-www-form-urlencoded/i.test(value));

/** In Latin-1, which keeps every byte that is not part of a secret. */
const withoutBodySecrets = ({ headers, body }: KeptRequest): Buffer => {
  const text = body.toString('latin1');
  const clean = isForm(headers) ? withoutFormSecrets(text) : withoutJsonSecrets(text);
  return clean === text ? body : Buffer.from(clean, 'latin1');
};

const withoutQuerySecrets = (path: string): string => {
  const [before = '', query] = path.split('?', 2);
  return query === undefined ? path : `${before}?${withoutFormSecrets(query)}`;
};

/**
 * A request to be kept: without headers that prove who sent it (`signatureHeaders`), or that look as if they did, without what the way to us
 * has added, and with the text "removed" for secrets in its body and query. All else stays byte for byte.
 */
export const removeSecrets = (request: KeptRequest, signatureHeaders: readonly string[]): KeptRequest => {
  const proof = new Set(signatureHeaders.map((name) => name.toLowerCase()));
  const isKept = ([name]: readonly [string, string]): boolean =>
    !proof.has(name.toLowerCase()) && !secretName.test(name) && !ofTheWay.test(name);
  return {
    path: withoutQuerySecrets(request.path),
    headers: request.headers.filter(isKept),
    body: withoutBodySecrets(request),
  };
};

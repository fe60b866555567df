import type { KeptRequest } from '../../senders/http-file.js';

/** Names of fields, headers and parameters whose values open something. */
const secretName =
  /secret|password|passwd|passphrase|credential|authorization|(api|access|private|functions?|subscription|account|host|master)[_-]?key|cookie|tokens?([_-]|$)|response_url|signature|(^|[_-])(sig|hmac|auth|otp|pwd|bearer|jwt)([_-]|$)/i;

/** In a query these open something, too: function keys of Azure are a `code`. Elsewhere they say other things. */
const isSecretParameter = (name: string): boolean => secretName.test(name) || /^(code|key)$/i.test(name);

export const removed = 'removed';

/** What a proxy or the connection adds, which no sender said. */
const ofTheWay =
  /^(host|connection|content-length|transfer-encoding|forwarded|via|x-forwarded-.*|x-real-ip|cf-.*|cdn-loop|true-client-ip|x-original-.*|x-ms-tunnel.*|ngrok-.*)$/i;

/** Its inner loops repeat single characters: a text of megabytes would fill the stack otherwise. */
const jsonText = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
/** Every text, or list of up to a hundred, with a name before it: `"token": "…"`; nothing else of the text changes. */
const jsonField = new RegExp(
  String.raw`"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:\s*)(?:${jsonText}|\[[\s,]*(?:${jsonText}[\s,]*){1,100}\])`,
  'g',
);

/** In addresses, wherever they stand: who signs in, and parameters. */
const withoutUrlSecrets = (text: string): string =>
  text
    .replaceAll(/(https?:\/\/)[^\s"'/?#@]+@/g, `$1${removed}@`)
    .replaceAll(/([?&])([\w.-]+)=[^\s"'&#\\]+/g, (whole, before: string, name: string) =>
      isSecretParameter(name) ? `${before}${name}=${removed}` : whole,
    );

const withoutJsonSecrets = (text: string): string =>
  withoutUrlSecrets(
    text.replaceAll(jsonField, (whole, name: string, gap: string) =>
      secretName.test(name) ? `"${name}"${gap}"${removed}"` : whole,
    ),
  );

const decoded = (value: string): string | undefined => {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};

const withoutFormSecrets = (text: string, isSecret = (name: string): boolean => secretName.test(name)): string =>
  text
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      if (at < 0) return pair;
      if (isSecret(decoded(name) ?? name)) return `${name}=${removed}`;
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
  return query === undefined ? path : `${before}?${withoutFormSecrets(query, isSecretParameter)}`;
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

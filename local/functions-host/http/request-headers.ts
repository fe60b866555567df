import { isUtf8 } from 'node:buffer';

const notAscii = /[^\0-\x7f]/;

/**
 * Request headers as the host hands them to the worker: names in lower case, repeated ones joined by a comma, values
 * read as UTF-8. Answers `undefined` when a value is not UTF-8, which the real host's web server refuses with 400.
 */
export const readHeaders = (rawHeaders: readonly string[]): Readonly<Record<string, string>> | undefined => {
  const headers: Record<string, string> = Object.create(null);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = toUtf8(rawHeaders[index + 1] ?? '');
    if (value === undefined) return undefined;
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : `${earlier},${value}`;
  }
  return headers;
};

/** Node.js gives header bytes as Latin-1. */
const toUtf8 = (value: string): string | undefined => {
  if (!notAscii.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
};

import type { FuzzRequest } from './fuzz-request.js';

const plain = /^[\x20-\x26\x28-\x5b\x5d-\x7e]*$/;

/** A text as bash takes it byte for byte: in plain quotes, else as `$'…'`. */
const quoted = (latin1: string): string => {
  if (plain.test(latin1)) return `'${latin1}'`;
  const escaped = Array.from(latin1, (character) =>
    plain.test(character) ? character : `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  );
  return `$'${escaped.join('')}'`;
};

/** A command line that sends the same bytes again; a timestamp that was signed grows stale all the same. */
export const toCurl = (hostUrl: URL, { method, path, headers, body, from }: FuzzRequest): string =>
  [
    `curl -sS -i -X ${method} --path-as-is --interface ${from} ${quoted(`${hostUrl.origin}${path}`)}`,
    ...headers.map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`),
    `  --data-binary ${quoted(body.toString('latin1'))}`,
  ].join(' \\\n');

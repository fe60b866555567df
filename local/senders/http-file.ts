/** One request as it is kept in a file: a request line, header lines, an empty line, and the very bytes of the body. */
export interface KeptRequest {
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const lineEnd = /\r?\n/;

/** The request of a file, `undefined` for anything that is none. Lines may end with or without a carriage return. */
export const parseHttpFile = (bytes: Buffer): KeptRequest | undefined => {
  const text = bytes.toString('latin1');
  const gap = /\r?\n\r?\n/.exec(text);
  const [first = '', ...lines] = text.slice(0, gap?.index ?? text.length).split(lineEnd);
  const path = /^POST (\S+)( HTTP\/[\d.]+)?$/.exec(first)?.[1];
  const headers = lines.map((line) => /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line));
  if (path === undefined || headers.some((header) => header === null)) return undefined;
  const named = headers.flatMap((header) => (header === null ? [] : [[header[1] ?? '', header[2] ?? ''] as const]));
  return { path, headers: named, body: gap === null ? Buffer.alloc(0) : bytes.subarray(gap.index + gap[0].length) };
};

/** The file of a request. */
export const formatHttpFile = ({ path, headers, body }: KeptRequest): Buffer => {
  const lines = [`POST ${path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), body]);
};

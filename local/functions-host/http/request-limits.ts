import type { IncomingMessage } from 'node:http';

/** Limits and patience of Kestrel, the web server of Azure's host. */
export const kestrel = {
  headerBytes: 32 * 1024,
  headers: 100,
  requestLineBytes: 8 * 1024,
  headersMs: 30_000,
  slowestBytesPerSecond: 240,
  slowGraceMs: 5_000,
} as const;

type Head = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>;

const around = { requestLine: '  HTTP/\r\n'.length, header: ': \r\n'.length } as const;

/** The status that refuses a request whose first line or headers are too much; `undefined` when they are not. */
export const overLimitStatus = ({ method = '', url = '', httpVersion, rawHeaders }: Head): 414 | 431 | undefined => {
  if (method.length + url.length + httpVersion.length + around.requestLine > kestrel.requestLineBytes) return 414;
  if (rawHeaders.length > 2 * kestrel.headers) return 431;
  const texts = rawHeaders.reduce((sum, text) => sum + text.length, 0);
  return texts + (rawHeaders.length / 2) * around.header > kestrel.headerBytes ? 431 : undefined;
};

const reasons = {
  400: 'Bad Request',
  408: 'Request Timeout',
  414: 'URI Too Long',
  431: 'Request Header Fields Too Large',
} as const;

/** What Node.js says when it cannot read a request. */
export interface UnreadableRequest extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

const statusOf = ({ code, rawPacket }: UnreadableRequest): keyof typeof reasons => {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  if (code !== 'HPE_HEADER_OVERFLOW') return 400;
  const text = rawPacket?.toString('latin1') ?? '';
  const lineEnd = text.indexOf('\n');
  // What begins otherwise is a later piece: the first line is not known to be at fault.
  return /^[A-Z]+ /.test(text) && (lineEnd < 0 || lineEnd > kestrel.requestLineBytes) ? 414 : 431;
};

/** The whole answer to a request that cannot be read. */
export const refuseUnreadable = (error: UnreadableRequest): string => {
  const status = statusOf(error);
  return `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
};

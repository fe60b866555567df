import { hash } from 'node:crypto';
import type { HttpRequest, HttpResponseInit } from '@azure/functions';

const textOf = ({ body, jsonBody }: HttpResponseInit): string =>
  jsonBody === undefined ? String(body ?? '') : JSON.stringify(jsonBody);

const namesIt = (wanted: string | null, tag: string): boolean =>
  (wanted ?? '').split(',').some((each) => each.trim().replace(/^W\//, '') === tag);

/** The reply with its `ETag`, or 304 to a client that has it already (RFC 9110, section 13.1.2): a client that polls gets only what is new. */
export const withEntityTag = ({ headers }: Pick<HttpRequest, 'headers'>, reply: HttpResponseInit): HttpResponseInit => {
  if (reply.status !== 200) return reply;
  const body = textOf(reply);
  const etag = `"${hash('sha256', body, 'hex').slice(0, 32)}"`;
  if (namesIt(headers.get('if-none-match'), etag)) return { status: 304, headers: { ...reply.headers, etag } };
  return { ...reply, headers: { ...reply.headers, etag } };
};

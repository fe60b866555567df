import { isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';
import type { HttpRequest } from '@azure/functions';
import { parseJson } from '../text/text.js';
import { ArrivingBody } from './arriving-body.js';

/** `203.0.113.7`, `203.0.113.7:51234`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:443`. */
const entryForm = /^(?:\[([^\]]+)\](?::\d{1,5})?|([0-9.]+):\d{1,5}|(.+))$/;

/** No address with its port is longer; a longer entry is not looked at. */
const maxEntryLength = 64;

const mappedForm = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/;

const canonical = (address: string): string | undefined => {
  if (isIPv4(address)) return address;
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const text = new SocketAddress({ address, family: 'ipv6' }).address;
  const ipv4 = mappedForm.exec(text)?.[1] ?? '';
  return isIP(ipv4) === 4 ? ipv4 : text;
};

/**
 * The address that the platform saw: the last entry of `X-Forwarded-For`, which Azure's front end adds with its port. Entries
 * before it are the caller's own words and never read. `undefined` without the header, or when its last entry is no address.
 * IPv6 comes in its shortest form, IPv4 inside IPv6 as IPv4.
 */
export const clientAddress = (headers: { get(name: string): string | null }): string | undefined => {
  const forwarded = headers.get('x-forwarded-for');
  if (forwarded === null) return undefined;
  const entry = forwarded.slice(forwarded.lastIndexOf(',') + 1).trim();
  if (entry.length > maxEntryLength) return undefined;
  const [, bracketed, plain, bare = ''] = entryForm.exec(entry) ?? [];
  return canonical(bracketed ?? plain ?? bare);
};

/** No comma but inside quotes: a header that was sent twice arrives joined by one, and would be two types. */
const printableAscii = /^(?=.{1,256}$)(?:[\x20\x21\x23-\x2b\x2d-\x7e]|"[\x20\x21\x23-\x7e]*")+$/;

/** Media type without parameters, lower case; `undefined` when the header is missing, repeated or no text a sender would write. */
const mediaType = (header: string | null): string | undefined =>
  header !== null && printableAscii.test(header) ? header.split(';', 1)[0]?.trim().toLowerCase() : undefined;

/** Some senders say their charset here, or nothing, and send plain bytes. */
const plainEncodings: ReadonlySet<string> = new Set(['', 'identity', 'utf-8', 'utf8']);

const isPlain = (header: string | null): boolean =>
  (header ?? '').split(',').every((each) => plainEncodings.has(each.trim().toLowerCase()));

/** Whether its media type is text, or there is none: for payloads of which it says all there is to know. */
export const isAnyContent = (headers: { get(name: string): string | null }): boolean => {
  const type = headers.get('content-type');
  return (type === null || mediaType(type) !== undefined) && isPlain(headers.get('content-encoding'));
};

/** Whether the provider ever sends this `Content-Type`, in the only encoding that is read: none. */
export const isAcceptedContent = (
  headers: { get(name: string): string | null },
  contentTypes: readonly string[],
): boolean => {
  const type = mediaType(headers.get('content-type'));
  return type !== undefined && contentTypes.includes(type) && isPlain(headers.get('content-encoding'));
};

export type BodyReading = { readonly kind: 'read'; readonly body: Buffer } | { readonly kind: 'too-large' };

const tooLarge: BodyReading = { kind: 'too-large' };

/** How large the body is: as it came in the worker's message, else as the header says. */
export const bodyBytes = ({ body, headers }: HttpRequest): number =>
  Array.isArray(body)
    ? body.reduce((sum: number, chunk: Uint8Array) => sum + chunk.byteLength, 0)
    : Number(headers.get('content-length') ?? 0);

/** Stops at the first chunk that is not taken. */
const takesAll = async (chunks: AsyncIterable<Uint8Array>, takes: (chunk: Uint8Array) => boolean): Promise<boolean> => {
  for await (const chunk of chunks) if (!takes(chunk)) return false;
  return true;
};

/**
 * The request's raw bytes, never decoded. Stops at `maxBytes`: at once when `Content-Length` says so, else while reading a
 * chunked body. As the worker hands a body on it is here already: then nothing has to be waited for.
 */
export const readBody = (request: HttpRequest, maxBytes: number): BodyReading | Promise<BodyReading> => {
  const announcedBytes = Number(request.headers.get('content-length') ?? 0);
  if (announcedBytes > maxBytes) return tooLarge;
  const body = new ArrivingBody(announcedBytes);
  const takes = (chunk: Uint8Array): boolean => {
    if (body.size + chunk.byteLength > maxBytes) return false;
    body.add(chunk);
    return true;
  };
  const whole = (): BodyReading => ({ kind: 'read', body: body.bytes() });
  const chunks = request.body ?? [];
  if (!Array.isArray(chunks)) return takesAll(chunks, takes).then((isWhole) => (isWhole ? whole() : tooLarge));
  for (const chunk of chunks) if (!takes(chunk)) return tooLarge;
  return whole();
};

/** The JSON of an operator's command; no body is the empty command, and `undefined` means that the body is not JSON. */
export const readCommand = (body: Buffer): unknown => (body.length === 0 ? {} : parseJson(body));

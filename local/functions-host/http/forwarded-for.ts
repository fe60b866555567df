import { isIPv6, type Socket } from 'node:net';

const mappedIpv4 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** `203.0.113.7:51234` or `[2001:db8::1]:51234`; `undefined` when the caller has already gone. */
const peerOf = ({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string | undefined => {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  const address = remoteAddress.replace(mappedIpv4, '');
  return isIPv6(address) ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
};

/** Adds the caller's address and port to the end of `X-Forwarded-For`, as the front end of Azure does before a function sees it. */
export const withForwardedFor = (
  headers: Readonly<Record<string, string>>,
  socket: Pick<Socket, 'remoteAddress' | 'remotePort'>,
): Readonly<Record<string, string>> => {
  const hops = [headers['x-forwarded-for'], peerOf(socket)].filter((hop) => hop !== undefined);
  if (hops.length === 0) return headers;
  const forwarded: Record<string, string> = Object.create(null);
  return Object.assign(forwarded, headers, { 'x-forwarded-for': hops.join(', ') });
};

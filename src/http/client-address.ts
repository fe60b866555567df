import { isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';

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

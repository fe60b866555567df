import { BlockList, isIP } from 'node:net';

/** A range of addresses in CIDR form; a single address is a range of one. */
export interface IpRange {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

const rangeForm = /^(?<address>[0-9a-f.:]{2,45})(?:\/(?<prefix>0|[1-9]\d{0,2}))?$/i;

/** Reads `192.30.252.0/22`, `2a0a:a440::/29` or a single address; `undefined` for anything else. */
export const parseIpRange = (text: string): IpRange | undefined => {
  const { address = '', prefix } = rangeForm.exec(text)?.groups ?? {};
  const version = isIP(address);
  if (version === 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  return length > bits ? undefined : { address, prefix: length, family: version === 4 ? 'ipv4' : 'ipv6' };
};

/** Whether an address, IPv4 or IPv6 without port, lies in one of the ranges. Texts that are no range hold nothing. */
export const createIpRanges = (texts: readonly string[]): ((address: string) => boolean) => {
  const held = new BlockList();
  for (const text of texts) {
    const range = parseIpRange(text);
    if (range !== undefined) held.addSubnet(range.address, range.prefix, range.family);
  }
  return (address) => held.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
};

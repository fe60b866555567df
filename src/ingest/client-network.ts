const groupCount = 8;
const networkGroups = 4;

/**
 * What failures are counted by: an IPv4 address itself, the /64 of an IPv6 address (one customer's own, of which a caller may
 * use any address), and one place for all callers whose address is not known. Takes addresses in their shortest form.
 */
export const clientNetwork = (address: string | undefined): string => {
  if (address === undefined) return 'unknown';
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, groupCount - before.length - after.length) }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, networkGroups).join(':')}::/64`;
};

import { isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { createIpRanges } from './ip-range.js';
import type { PublishedList } from './published-list.js';
import type { PublishedRanges } from './published-ranges.js';

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

/** Where one provider's deliveries may come from: ranges in CIDR form, and GitHub's published list if it is named. */
export interface SourceRanges {
  readonly ranges: readonly string[];
  readonly githubMeta: boolean;
}

/** The word in a setting that stands for the ranges that GitHub publishes for its hooks. */
export const githubMetaWord = 'github-meta';

/** What deep health says of one provider with an allow-list. */
export interface SourceFigures {
  /** Whether deliveries from elsewhere are refused now: not while GitHub's list has never been read. */
  readonly enforced: boolean;
  readonly ranges: number;
  /** When GitHub's list was read, RFC 3339; `null`: never, or not asked for. */
  readonly listReadAt: string | null;
}

/** Which addresses each provider may deliver from. */
export interface AllowedSources {
  /** True for providers without an allow-list. GitHub's list, if it has to be looked up, takes `timeoutMs` at most. */
  allows(provider: string, clientAddress: string | undefined, timeoutMs: number): boolean | Promise<boolean>;
  /** By provider, those with an allow-list only. */
  figures(): Readonly<Record<string, SourceFigures>>;
}

export interface AllowedSourcesPorts {
  /** By provider. */
  readonly sourceRanges: Readonly<Record<string, SourceRanges>>;
  readonly published: Pick<PublishedRanges, 'current' | 'known'>;
}

type Holds = (address: string) => boolean;

/** The ranges as they are looked up, made once for each list. */
const createPublishedLookup = (): ((list: PublishedList) => Holds) => {
  let made: { readonly list: PublishedList; readonly holds: Holds } | undefined;
  return (list) => {
    if (made?.list !== list) made = { list, holds: createIpRanges(list.ranges) };
    return made.holds;
  };
};

const figuresOf = ({ ranges, githubMeta }: SourceRanges, known: PublishedList | undefined): SourceFigures => {
  const list = githubMeta ? known : undefined;
  return {
    enforced: !githubMeta || list !== undefined,
    ranges: ranges.length + (list?.ranges.length ?? 0),
    listReadAt: list?.readAt ?? null,
  };
};

/**
 * The allow-lists, to be asked of deliveries whose signature is good. A caller whose address is not known is in no range. As
 * long as no good list of GitHub's was ever read, every address is allowed: GitHub repeats no delivery by itself, so that refusing for
 * want of a list would lose events, and a good signature is needed all the same.
 */
export const createAllowedSources = ({ sourceRanges, published }: AllowedSourcesPorts): AllowedSources => {
  const own = new Map(Object.entries(sourceRanges).map(([name, { ranges }]) => [name, createIpRanges(ranges)]));
  const lookupOf = createPublishedLookup();

  const isPublished = async (clientAddress: string | undefined, timeoutMs: number): Promise<boolean> => {
    const list = await published.current(timeoutMs);
    return list === undefined || (clientAddress !== undefined && lookupOf(list)(clientAddress));
  };

  return {
    allows(provider, clientAddress, timeoutMs) {
      const holds = own.get(provider);
      if (holds === undefined) return true;
      if (clientAddress !== undefined && holds(clientAddress)) return true;
      return sourceRanges[provider]?.githubMeta === true && isPublished(clientAddress, timeoutMs);
    },
    figures: () =>
      Object.fromEntries(
        Object.entries(sourceRanges).map(([provider, ranges]) => [provider, figuresOf(ranges, published.known())]),
      ),
  };
};

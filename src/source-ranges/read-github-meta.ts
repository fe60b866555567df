import * as z from 'zod';
import { parseIpRange } from './ip-range.js';

const maxRanges = 1_000;

/** A range broader than these (GitHub's broadest are /20 and /29) would open the door to most of the internet: not believed. */
const broadest = { ipv4: 12, ipv6: 24 } as const;

const isBelievable = (text: string): boolean => {
  const range = parseIpRange(text);
  return range !== undefined && range.prefix >= broadest[range.family];
};

const metaSchema = z.object({ hooks: z.array(z.string().refine(isBelievable)).min(1).max(maxRanges) });

/**
 * The ranges that GitHub delivers webhooks from, out of its answer to `GET /meta`
 * (https://docs.github.com/rest/meta/meta#get-github-meta-information). `undefined` when any of it is not as it should be:
 * half a list would refuse genuine deliveries.
 */
export const readGithubMeta = (text: string): readonly string[] | undefined => {
  try {
    const { data } = metaSchema.safeParse(JSON.parse(text));
    return data === undefined ? undefined : [...new Set(data.hooks)].sort();
  } catch {
    return undefined;
  }
};

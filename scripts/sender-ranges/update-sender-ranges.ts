import type { Download } from '../../src/source-ranges/download-text.js';
import { parseIpRange } from '../../src/source-ranges/ip-range.js';
import { compareTexts } from '../../src/text/text.js';
import type { PublishedList } from './published-lists.js';

/** Ranges by provider: what `infra/sender-ranges.json` holds. */
export type SenderRanges = Readonly<Record<string, readonly string[]>>;

export interface UpdateOptions {
  readonly known: SenderRanges;
  readonly lists: readonly PublishedList[];
  readonly download: (url: string) => Promise<Download>;
}

export interface SenderRangesUpdate {
  readonly ranges: SenderRanges;
  /** One line for each list that has changed. */
  readonly changes: readonly string[];
  /** One line for each list that could not be read; its ranges stay what they were. */
  readonly problems: readonly string[];
}

/** App Service takes 512 rules in all, those of operators among them. */
const mostRanges = 400;

/** The most that a list may let in: a broader range would open the door to most of the internet, and is not believed. */
const broadest = { ipv4: 12, ipv6: 24 } as const;

const isBelievable = (text: string): boolean => {
  const range = parseIpRange(text);
  return range !== undefined && range.prefix >= broadest[range.family];
};

const difference = (before: readonly string[], after: readonly string[]): string => {
  const added = after.filter((range) => !before.includes(range)).map((range) => `+${range}`);
  const removed = before.filter((range) => !after.includes(range)).map((range) => `-${range}`);
  return [...added, ...removed].join(' ');
};

const readList = ({ read }: PublishedList, downloaded: Download): readonly string[] | string => {
  if (downloaded.kind === 'failed') return downloaded.reason;
  const ranges = [...new Set(read(downloaded.text))].sort();
  if (ranges.length === 0 || !ranges.every(isBelievable)) return 'not a list of ranges';
  return ranges.length > mostRanges
    ? `${ranges.length} ranges, more than the ${mostRanges} that there is room for`
    : ranges;
};

/** Reads every published list. One that cannot be read, or cannot be right, changes nothing: half a list would refuse genuine deliveries. */
export const updateSenderRanges = async ({ known, lists, download }: UpdateOptions): Promise<SenderRangesUpdate> => {
  const ranges: Record<string, readonly string[]> = { ...known };
  const changes: string[] = [];
  const problems: string[] = [];
  for (const list of lists) {
    const reading = readList(list, await download(list.url));
    if (typeof reading === 'string') {
      problems.push(`${list.provider}: ${list.url}: ${reading}`);
      continue;
    }
    const changed = difference(known[list.provider] ?? [], reading);
    if (changed !== '') changes.push(`${list.provider}: ${changed}`);
    ranges[list.provider] = reading;
  }
  const sorted = Object.fromEntries(Object.entries(ranges).sort(([one], [other]) => compareTexts(one, other)));
  return { ranges: sorted, changes, problems };
};

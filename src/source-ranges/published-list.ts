import * as z from 'zod';
import { parseJson } from '../text/text.js';

/** A list of ranges as its publisher gave it, and when that was. */
export interface PublishedList {
  /** RFC 3339. */
  readonly readAt: string;
  readonly ranges: readonly string[];
}

const storedSchema = z.object({ readAt: z.iso.datetime(), ranges: z.array(z.string()).min(1).readonly() });

/** As it lies in the store. */
export const encodePublishedList = (list: PublishedList): Buffer => Buffer.from(JSON.stringify(list));

/** Reads what lies in the store; `undefined` for what is no such list. */
export const decodePublishedList = (bytes: Buffer): PublishedList | undefined =>
  storedSchema.safeParse(parseJson(bytes)).data;

/**
 * The port for the last good list, shared by every instance: the timer runs on only one of them. `read` returns `undefined` when
 * there is none. Both throw `ArchiveError` and nothing else.
 */
export interface PublishedListStore {
  read(signal: AbortSignal): Promise<PublishedList | undefined>;
  write(list: PublishedList, signal: AbortSignal): Promise<void>;
}

import type { ContainerClient } from '@azure/storage-blob';

/** A blob that is to lie where none lies yet. */
export interface NewBlob {
  readonly name: string;
  readonly body: Buffer;
  readonly contentType: string;
  /** Names and values as HTTP headers take them. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Makes a blob and never replaces one. Answers its URL, without a query. Throws what the SDK would throw. */
export type MakeBlob = (container: ContainerClient, blob: NewBlob, signal: AbortSignal) => Promise<string>;

/** A URL with a query may carry a SAS token; whatever is told or sent has none. */
export const withoutQuery = (url: string): string => url.split('?', 1)[0] ?? url;

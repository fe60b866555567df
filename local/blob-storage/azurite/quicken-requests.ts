import { closeSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import paths from 'azurite/dist/src/blob/generated/utils/utils.js';
import stores from 'azurite/dist/src/blob/persistence/IBlobMetadataStore.js';
import extents, { type ExtentChunk } from 'azurite/dist/src/common/persistence/FSExtentStore.js';

const { ZERO_EXTENT_ID } = stores;
const { prototype } = extents.default;
const mostBytesAtOnce = 65_536;

/** Azurite compares each request with the path of every operation, parsing those each time; what it compares is one of three forms. */
const compareOnce = (): void => {
  const { isURITemplateMatch } = paths;
  const known = new Map(['/', '/container', '/container/blob'].map((form) => [form, new Map<string, boolean>()]));
  paths.isURITemplateMatch = (path, operation) => {
    const found = known.get(path);
    const matches = found?.get(operation) ?? isURITemplateMatch(path, operation);
    found?.set(operation, matches);
    return matches;
  };
};

const isSmall = (chunk: ExtentChunk | undefined): chunk is ExtentChunk =>
  chunk !== undefined && chunk.id !== ZERO_EXTENT_ID && chunk.count > 0 && chunk.count <= mostBytesAtOnce;

/** At once instead of by a stream over their file. */
const readSmallBlobs = (): void => {
  const { readExtent } = prototype;
  prototype.readExtent = async function (chunk, contextId) {
    if (!isSmall(chunk)) return readExtent.call(this, chunk, contextId);
    const location = await this.metadataStore.getExtentLocationId(chunk.id);
    const file = openSync(this.generateExtentPath(location, chunk.id), 'r');
    try {
      const bytes = Buffer.allocUnsafe(chunk.count);
      return Readable.from(bytes.subarray(0, readSync(file, bytes, 0, chunk.count, chunk.offset)));
    } finally {
      closeSync(file);
    }
  };
};

/** Takes out of each request what need not be computed again. */
export const quickenRequests = (): void => {
  compareOnce();
  readSmallBlobs();
};

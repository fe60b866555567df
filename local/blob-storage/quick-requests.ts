/**
 * Runs in Azurite's process before Azurite, which compares each request with the path of every operation, parsing those paths each time. Here
 * each comparison is made once: what it compares is one of three forms of a path. Small blobs are read at once instead of by a stream
 * over their file. `azurite` is the path of its entry point.
 */
export const quickRequests = (azurite: string): string => `
  import { closeSync, openSync, readSync } from 'node:fs';
  import { createRequire } from 'node:module';
  import { Readable } from 'node:stream';
  const require = createRequire(${JSON.stringify(azurite)});
  const paths = require('./generated/utils/utils.js');
  const { isURITemplateMatch } = paths;
  const known = new Map(['/', '/container', '/container/blob'].map((form) => [form, new Map()]));
  paths.isURITemplateMatch = (path, operation) => {
    const found = known.get(path);
    if (found === undefined) return isURITemplateMatch(path, operation);
    if (!found.has(operation)) found.set(operation, isURITemplateMatch(path, operation));
    return found.get(operation);
  };
  const { default: FSExtentStore } = require('../common/persistence/FSExtentStore.js');
  const { ZERO_EXTENT_ID } = require('./persistence/IBlobMetadataStore.js');
  const { readExtent } = FSExtentStore.prototype;
  FSExtentStore.prototype.readExtent = async function (chunk, contextId) {
    if (chunk === undefined || chunk.id === ZERO_EXTENT_ID || chunk.count === 0 || chunk.count > 65_536) {
      return readExtent.call(this, chunk, contextId);
    }
    const location = await this.metadataStore.getExtentLocationId(chunk.id);
    const file = openSync(this.generateExtentPath(location, chunk.id));
    try {
      const bytes = Buffer.allocUnsafe(chunk.count);
      return Readable.from(bytes.subarray(0, readSync(file, bytes, 0, chunk.count, chunk.offset)));
    } finally {
      closeSync(file);
    }
  };`;

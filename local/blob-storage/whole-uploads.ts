/**
 * Runs in Azurite's process before Azurite. It writes an upload into a file of many blobs as it arrives; when one breaks off,
 * what is still being written lands behind what others wrote meanwhile, and they are read at the wrong place from then on. So
 * nothing is written before the whole upload is there. `azurite` is the path of its entry point.
 */
export const wholeUploads = (azurite: string): string => `
  import { createRequire } from 'node:module';
  const { default: FSExtentStore } = createRequire(${JSON.stringify(azurite)})('../common/persistence/FSExtentStore.js');
  const append = FSExtentStore.prototype.appendExtent;
  FSExtentStore.prototype.appendExtent = async function (data, contextId) {
    if (Buffer.isBuffer(data)) return append.call(this, data, contextId);
    const chunks = [];
    for await (const chunk of data) chunks.push(Buffer.from(chunk));
    return append.call(this, Buffer.concat(chunks), contextId);
  };`;

import stores from 'azurite/dist/src/common/persistence/FSExtentStore.js';

const { prototype } = stores.default;

/**
 * Azurite writes an upload into a file of many blobs as it arrives; when one breaks off, what is still being written lands behind what
 * others wrote meanwhile, and they are read at the wrong place from then on. So nothing is written before the whole upload is there.
 */
export const writeWholeUploads = (): void => {
  const { appendExtent } = prototype;
  prototype.appendExtent = async function (data, contextId) {
    if (Buffer.isBuffer(data)) return appendExtent.call(this, data, contextId);
    const chunks: Buffer[] = [];
    for await (const chunk of data) chunks.push(Buffer.from(chunk));
    return appendExtent.call(this, Buffer.concat(chunks), contextId);
  };
};

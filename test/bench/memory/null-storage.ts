import { createServer } from 'node:http';
import { blobConnectionString } from '../../../local/blob-storage/blob-connection-string.js';

export interface NullStorage {
  readonly connectionString: string;
  close(): void;
}

/** A blob service that reads every upload to its end, says that it is stored, and keeps nothing. */
export const startNullStorage = async (): Promise<NullStorage> => {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      const found = request.method === 'PUT';
      const etag = { etag: '"0x1"', 'last-modified': new Date(0).toUTCString() };
      response.writeHead(found ? 201 : 404, found ? etag : { 'x-ms-error-code': 'BlobNotFound' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return { connectionString: blobConnectionString(address.port), close: () => void server.close() };
};

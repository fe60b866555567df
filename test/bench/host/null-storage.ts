import { createServer } from 'node:http';

/** Answers every request of Blob Storage at once: 201 to what is put, 404 to what is read. `hangs`: it reads, and never answers. */
export const startNullStorage = async ({ hangs }: { readonly hangs: boolean }): Promise<number> => {
  const server = createServer((request, response) => {
    request.resume();
    if (hangs) return;
    request.once('end', () => {
      const isPut = request.method === 'PUT';
      const etag = { etag: '"0x1"', 'last-modified': new Date(0).toUTCString() };
      response.writeHead(isPut ? 201 : 404, isPut ? etag : { 'x-ms-error-code': 'BlobNotFound' }).end();
    });
  });
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
};

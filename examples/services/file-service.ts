import { createHash } from 'node:crypto';
import { createGuardedHttp, type HttpResult } from '../../src/guarded-http/index.js';
import type { FileMetadata, MetadataStore } from './metadata-store.js';
import type { Service } from './service.js';

export interface FileService extends Service {
  /** Uploads the file, then writes its metadata down: metadata never names a file that is not there. */
  upload(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<HttpResult<FileMetadata>>;
  download(path: string): Promise<HttpResult<Uint8Array>>;
}

/** Files in any store that takes PUT and GET, such as S3 or Blob Storage by a signed address. */
export const createFileService = (options: {
  readonly baseUrl: string | undefined;
  readonly store: MetadataStore;
}): FileService => {
  const http = createGuardedHttp({
    name: 'files',
    baseUrl: options.baseUrl,
    endpoints: { uploads: { timeoutMs: 30_000 }, downloads: { cacheSeconds: 30, staleSeconds: 300 } },
  });
  return {
    name: 'files',
    health: http.health,
    upload: async (path, bytes) => {
      // PUT is safe to repeat: the client tries again by itself.
      const put = await http.request('uploads', { path, method: 'PUT', body: bytes });
      if (!put.ok) return put;
      const sha = createHash('sha256').update(bytes).digest('hex');
      const metadata = { path, sha, bytes: bytes.byteLength, commit: '' };
      await options.store.put(metadata);
      return { ok: true, value: metadata };
    },
    download: async (path) => {
      const got = await http.request('downloads', { path });
      return got.ok ? { ok: true, value: got.value.bytes } : got;
    },
  };
};

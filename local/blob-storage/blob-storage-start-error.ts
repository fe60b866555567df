/** Why the blob service did not start. `EADDRINUSE` is what Node's own servers say of a taken port. */
export type BlobStorageStartErrorCode = 'EADDRINUSE' | 'start-failed' | 'start-timeout';

/** The blob service's child process ended, or stayed silent, before it listened: branch on `code`. */
export class BlobStorageStartError extends Error {
  override readonly name = 'BlobStorageStartError';
  readonly code: BlobStorageStartErrorCode;
  readonly port: number;

  constructor(code: BlobStorageStartErrorCode, port: number, message: string) {
    super(message);
    this.code = code;
    this.port = port;
  }
}

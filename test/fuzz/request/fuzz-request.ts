import type { HeaderLines } from './edit-headers.js';

/** One request, byte for byte as it goes over the wire. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderLines;
  readonly body: Buffer;
  /** The address that it is sent from. */
  readonly from: string;
  /** The proof was taken away or spoilt, or the body is not the one that was signed: it must never be accepted. */
  readonly isForged: boolean;
}

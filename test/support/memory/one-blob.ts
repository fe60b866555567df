import { ArchiveError, type ArchiveErrorCode } from '../../../src/archive/archive-error.js';
import type { OneBlob } from '../../../src/archive/one-blob.js';

/** A blob in memory, with a switch that makes the store fail. */
export interface MemoryOneBlob extends OneBlob {
  setFault(code: ArchiveErrorCode | undefined): void;
}

export const createMemoryOneBlob = (): MemoryOneBlob => {
  let held: Buffer | undefined;
  let fault: ArchiveErrorCode | undefined;
  const check = (signal: AbortSignal): void => {
    if (signal.aborted) throw new ArchiveError('aborted', 'Blob in memory: aborted');
    if (fault !== undefined) throw new ArchiveError(fault, `Blob in memory: told to fail (${fault})`);
  };
  return {
    async read(signal) {
      check(signal);
      return held;
    },
    async write(json, signal) {
      check(signal);
      held = json;
    },
    setFault: (code) => {
      fault = code;
    },
  };
};

import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writevSync } from 'node:fs';

/** A file that only grows at its end, and whole or not at all: a write that fails half-way is cut off again. */
export class AppendFile {
  readonly #path: string;
  #descriptor: number;
  #bytes: number;

  /** Goes on after the first `bytes` of the file at `path`; whatever follows them is cut off. */
  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#descriptor = openSync(path, 'a');
    this.#bytes = bytes;
    ftruncateSync(this.#descriptor, bytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Hands the chunks to the operating system in one call. Throws when they could not all be taken. */
  append(chunks: readonly Buffer[]): void {
    const wanted = chunks.reduce((sum, { length }) => sum + length, 0);
    try {
      const written = writevSync(this.#descriptor, chunks);
      if (written !== wanted) throw new Error(`Only ${written} of ${wanted} bytes were written`);
      this.#bytes += wanted;
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#bytes);
      throw error;
    }
  }

  /** Puts a new file with these chunks in the place of the old one, in one step. */
  replace(batches: Iterable<readonly Buffer[]>): void {
    const path = nextPath(this.#path);
    rmSync(path, { force: true });
    const next = new AppendFile(path, 0);
    try {
      for (const batch of batches) next.append(batch);
      renameSync(path, this.#path);
    } catch (error) {
      next.close();
      rmSync(path, { force: true });
      throw error;
    }
    this.close();
    this.#descriptor = next.#descriptor;
    this.#bytes = next.#bytes;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  discard(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }
}

function nextPath(path: string): string {
  return `${path}.next`;
}

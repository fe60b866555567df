import type { Log } from '../../../src/observability/log/log.js';
import type { EntityJournal, EntityStates } from '../broker/queue-entity.js';
import type { QueueJournal, QueueRecord } from '../broker/queue-record.js';
import type { AppendFile } from './append-file.js';
import { encodeRecord, type JournalSide } from './record-codec.js';

interface FileJournalParts {
  readonly file: Pick<AppendFile, 'append' | 'replace' | 'bytes' | 'close' | 'discard'>;
  /** What the records add up to: the journal is rewritten from it. */
  readonly states: EntityStates;
  readonly log: Log | undefined;
  /** A file is rewritten when it is longer than this and mostly holds what is gone. */
  readonly compactAboveBytes?: number;
}

type Written = (error: Error | undefined) => void;

const defaultCompactAboveBytes = 64 * 1024 * 1024;
const snapshotBatch = 256;

/**
 * Writes records once per turn of the event loop, all in one system call, and confirms them after it: what is confirmed
 * survives the death of this process. Nothing is synced to the disk, so a power failure may still take the last moments.
 * After a failed write the file lacks what the states have; nothing is confirmed again until a rewrite has made it whole.
 */
export class FileJournal implements EntityJournal {
  readonly main: QueueJournal = { append: (record) => this.#append('main', record) };
  readonly deadLetters: QueueJournal = { append: (record) => this.#append('dead-letters', record) };
  readonly #parts: FileJournalParts;
  #chunks: Buffer[] = [];
  #waiting: Written[] = [];
  #scheduled = false;
  #open = true;
  #whole = true;
  /** The file's size after it was last rewritten, or failed to be. */
  #compactedBytes = 0;

  constructor(parts: FileJournalParts) {
    this.#parts = parts;
    this.#compactIfWorthIt();
  }

  whenWritten(done: Written): void {
    this.#waiting.push(done);
    this.#schedule();
  }

  close(): void {
    if (!this.#open) return;
    this.#flush();
    this.#open = false;
    this.#parts.file.close();
  }

  discard(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#parts.file.discard();
  }

  #append(side: JournalSide, record: QueueRecord): void {
    this.#chunks.push(...encodeRecord(side, record));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const chunks = this.#chunks;
    const waiting = this.#waiting;
    this.#chunks = [];
    this.#waiting = [];
    const error = this.#open ? this.#write(chunks) : new Error('The journal is closed');
    for (const done of waiting) done(error);
    if (this.#open && error === undefined) this.#compactIfWorthIt();
  }

  #write(chunks: readonly Buffer[]): Error | undefined {
    try {
      if (!this.#whole) this.#parts.file.replace(this.#snapshot());
      else if (chunks.length > 0) this.#parts.file.append(chunks);
      this.#whole = true;
      return undefined;
    } catch (error) {
      this.#whole = false;
      const failure = asError(error);
      this.#parts.log?.write('error', 'service-bus.journal-write-failed', { error: failure.message });
      return failure;
    }
  }

  #compactIfWorthIt(): void {
    const { file, states, log, compactAboveBytes = defaultCompactAboveBytes } = this.#parts;
    const liveBytes = states.main.bytes + states.deadLetters.bytes;
    if (file.bytes <= Math.max(compactAboveBytes, liveBytes * 2, this.#compactedBytes * 2)) return;
    try {
      file.replace(this.#snapshot());
    } catch (error) {
      log?.write('warn', 'service-bus.journal-not-compacted', { error: asError(error).message });
    }
    this.#compactedBytes = file.bytes;
  }

  *#snapshot(): Generator<readonly Buffer[]> {
    const { main, deadLetters } = this.#parts.states;
    yield* batches('main', main.snapshot());
    yield* batches('dead-letters', deadLetters.snapshot());
  }
}

function* batches(side: JournalSide, records: Iterable<QueueRecord>): Generator<readonly Buffer[]> {
  let batch: Buffer[] = [];
  for (const record of records) {
    batch.push(...encodeRecord(side, record));
    if (batch.length < snapshotBatch) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

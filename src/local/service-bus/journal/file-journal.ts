import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../../observability/log.js';
import { type EntityJournal, type EntityStates, emptyStates } from '../broker/queue-entity.js';
import type { QueueDefinition } from '../queue-definition.js';
import { AppendFile } from './append-file.js';
import { decodeRecords, encodeRecord, type JournalSide } from './record-codec.js';

interface FileJournalParts {
  readonly directory: string;
  readonly definition: QueueDefinition;
  readonly log: Log | undefined;
  /** A file is rewritten when it is longer than this and mostly holds what is gone. */
  readonly compactAboveBytes?: number;
}

type Written = (error: Error | undefined) => void;

const defaultCompactAboveBytes = 64 * 1024 * 1024;
const snapshotBatch = 256;

/** Opens a queue's journal, `{directory}/{queue}.journal`, and reads what it kept. */
export function openFileJournal(parts: FileJournalParts): { journal: EntityJournal; states: EntityStates } {
  const { directory, definition } = parts;
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${encodeURIComponent(definition.name.toLowerCase())}.journal`);
  const states = emptyStates(definition);
  const file = new AppendFile(path, restore(path, states, parts.log));
  return { journal: new FileJournal(file, states, parts), states };
}

function restore(path: string, states: EntityStates, log: Log | undefined): number {
  const bytes = readIfPresent(path);
  const records = decodeRecords(bytes);
  for (;;) {
    const { done, value } = records.next();
    if (done === true) {
      const cutOff = bytes.length - value;
      if (cutOff > 0) log?.write('warn', 'service-bus.journal-cut-off', { path, bytes: cutOff });
      return value;
    }
    (value.side === 'main' ? states.main : states.deadLetters).apply(value.record);
  }
}

function readIfPresent(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/**
 * Writes records once per turn of the event loop, all in one system call, and confirms them after it: what is confirmed
 * survives the death of this process. Nothing is synced to the disk, so a power failure may still take the last moments.
 */
class FileJournal implements EntityJournal {
  readonly main = { append: (record: Parameters<typeof encodeRecord>[1]) => this.#append('main', record) };
  readonly deadLetters = {
    append: (record: Parameters<typeof encodeRecord>[1]) => this.#append('dead-letters', record),
  };
  readonly #file: AppendFile;
  readonly #states: EntityStates;
  readonly #log: Log | undefined;
  readonly #compactAboveBytes: number;
  #chunks: Buffer[] = [];
  #waiting: Written[] = [];
  #scheduled = false;
  #open = true;
  /** The file's size after it was last rewritten, or failed to be. */
  #compactedBytes = 0;

  constructor(file: AppendFile, states: EntityStates, { log, compactAboveBytes }: FileJournalParts) {
    this.#file = file;
    this.#states = states;
    this.#log = log;
    this.#compactAboveBytes = compactAboveBytes ?? defaultCompactAboveBytes;
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
    this.#file.close();
  }

  discard(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.discard();
  }

  #append(side: JournalSide, record: Parameters<typeof encodeRecord>[1]): void {
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
    const error = this.#write(chunks);
    for (const done of waiting) done(error);
    if (this.#open && error === undefined) this.#compactIfWorthIt();
  }

  #write(chunks: readonly Buffer[]): Error | undefined {
    if (chunks.length === 0) return undefined;
    if (!this.#open) return new Error('The journal is closed');
    try {
      this.#file.append(chunks);
      return undefined;
    } catch (error) {
      const failure = asError(error);
      this.#log?.write('error', 'service-bus.journal-write-failed', { error: failure.message });
      return failure;
    }
  }

  #compactIfWorthIt(): void {
    const liveBytes = this.#states.main.bytes + this.#states.deadLetters.bytes;
    const tooSoonBytes = Math.max(this.#compactAboveBytes, liveBytes * 2, this.#compactedBytes * 2);
    if (this.#file.bytes <= tooSoonBytes) return;
    try {
      this.#file.replace(this.#snapshot());
    } catch (error) {
      this.#log?.write('warn', 'service-bus.journal-not-compacted', { error: asError(error).message });
    }
    this.#compactedBytes = this.#file.bytes;
  }

  *#snapshot(): Generator<readonly Buffer[]> {
    let batch: Buffer[] = [];
    for (const [side, state] of [
      ['main', this.#states.main],
      ['dead-letters', this.#states.deadLetters],
    ] as const) {
      for (const record of state.snapshot()) {
        batch.push(...encodeRecord(side, record));
        if (batch.length < snapshotBatch) continue;
        yield batch;
        batch = [];
      }
    }
    yield batch;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

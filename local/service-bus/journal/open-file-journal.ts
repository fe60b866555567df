import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../../src/observability/log/log.js';
import { type EntityJournal, type EntityStates, emptyStates } from '../broker/queue-entity.js';
import type { QueueDefinition } from '../queue-definition.js';
import { AppendFile } from './append-file.js';
import { FileJournal } from './file-journal.js';
import { decodeRecords } from './record-codec.js';

interface JournalPlace {
  readonly directory: string;
  readonly definition: QueueDefinition;
  readonly log: Log | undefined;
  readonly compactAboveBytes?: number;
}

/** Opens a queue's journal, `{directory}/{queue}.journal`, and reads what it kept. */
export function openFileJournal(place: JournalPlace): { journal: EntityJournal; states: EntityStates } {
  const { directory, definition } = place;
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${encodeURIComponent(definition.name.toLowerCase())}.journal`);
  const states = emptyStates(definition);
  const file = new AppendFile(path, restore(path, states, place.log));
  return { journal: new FileJournal({ ...place, file, states }), states };
}

/** Applies every good record and answers how many bytes they take; the rest is what a kill cut off in the middle. */
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

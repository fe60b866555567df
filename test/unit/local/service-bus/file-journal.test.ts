import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { emptyStates } from '../../../../local/service-bus/broker/queue-entity.js';
import type { QueueRecord } from '../../../../local/service-bus/broker/queue-record.js';
import type { StoredMessage } from '../../../../local/service-bus/broker/stored-message.js';
import { FileJournal } from '../../../../local/service-bus/journal/file-journal.js';
import { openFileJournal } from '../../../../local/service-bus/journal/open-file-journal.js';
import { decodeRecords, encodeRecord } from '../../../../local/service-bus/journal/record-codec.js';
import { queueDefinition } from '../../../../local/service-bus/queue-definition.js';
import { bodyOf, messageOf } from './broker-under-test.js';

const definition = queueDefinition('Bot/Queue');

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'service-bus-journal-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function stored(sequenceNumber: number, changes: Partial<StoredMessage> = {}): QueueRecord {
  const message: StoredMessage = {
    sequenceNumber,
    enqueuedSequenceNumber: sequenceNumber,
    enqueuedAtMs: 1000 + sequenceNumber,
    scheduledForMs: undefined,
    expiresAtMs: undefined,
    content: messageOf(`body ${sequenceNumber}`, { message_id: `id ${sequenceNumber}` }),
    deliveryCount: 0,
    placement: 'active',
    ...changes,
  };
  return { kind: 'stored', message };
}

const removed = (sequenceNumber: number): QueueRecord => ({ kind: 'removed', sequenceNumber });

const bodies = (messages: Iterable<StoredMessage>) => Array.from(messages, ({ content }) => bodyOf(content));

test('journal: every kind of record is read as it was written', () => {
  const records: QueueRecord[] = [
    stored(1),
    stored(2 ** 40, {
      placement: 'scheduled',
      scheduledForMs: 5,
      expiresAtMs: 6.5,
      deliveryCount: 9,
      enqueuedSequenceNumber: 3,
    }),
    removed(1),
    { kind: 'counted', sequenceNumber: 2, deliveryCount: 4 },
    { kind: 'deferred', sequenceNumber: 2 },
    { kind: 'session-state', sessionId: 'Zoë', state: Buffer.from('state') },
    { kind: 'session-state', sessionId: 'Zoë', state: Buffer.alloc(0) },
    { kind: 'session-state', sessionId: 'Zoë', state: undefined },
    { kind: 'remembered', messageId: 'text:id', atMs: 12.5 },
    { kind: 'sequence', next: 2 ** 40 + 1 },
  ];

  const bytes = Buffer.concat(records.flatMap((record) => encodeRecord('dead-letters', record)));

  expect([...decodeRecords(bytes)]).toEqual(records.map((record) => ({ side: 'dead-letters', record })));
});

test('journal: cut off or damaged anywhere, it gives all records before that place and none after', () => {
  const encoded = [stored(1), removed(1), stored(2)].map((record) => Buffer.concat([...encodeRecord('main', record)]));
  const bytes = Buffer.concat(encoded);
  const wholeBefore = (at: number) => {
    const ends = encoded.map((_, index) => Buffer.concat(encoded.slice(0, index + 1)).length);
    return ends.filter((end) => end <= at).length;
  };

  fc.assert(
    fc.property(fc.nat(bytes.length - 1), (at) => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;

      expect([...decodeRecords(bytes.subarray(0, at))]).toHaveLength(wholeBefore(at));
      expect([...decodeRecords(damaged)]).toHaveLength(wholeBefore(at));
    }),
  );
});

test('journal: what was confirmed is there when it is opened again', async () => {
  const place = directory();
  const { journal } = openFileJournal({ directory: place, definition, log: undefined });
  for (const record of [stored(1), stored(2), stored(3), removed(2)]) journal.main.append(record);
  journal.deadLetters.append(stored(9));
  const written = await new Promise((resolve) => journal.whenWritten(resolve));
  const { states } = openFileJournal({ directory: place, definition, log: undefined });

  expect(written).toBeUndefined();
  expect(bodies(states.main.messages())).toEqual(['body 1', 'body 3']);
  expect(bodies(states.deadLetters.messages())).toEqual(['body 9']);
  expect(states.main.nextSequenceNumber).toBe(4);
  expect(states.main.hasSeen('text:id 2', 2000)).toBe(true);
  journal.close();
});

test('journal: a torn end is cut off, and what comes after is kept', () => {
  const place = directory();
  const first = openFileJournal({ directory: place, definition, log: undefined }).journal;
  for (const record of [stored(1), stored(2)]) first.main.append(record);
  first.close();
  const [name = ''] = readdirSync(place);
  truncateSync(join(place, name), statSync(join(place, name)).size - 3);
  const warnings: string[] = [];
  const log = { write: (_: string, event: string) => void warnings.push(event) };

  const second = openFileJournal({ directory: place, definition, log }).journal;
  second.main.append(stored(3));
  second.close();

  const { states } = openFileJournal({ directory: place, definition, log: undefined });
  expect(bodies(states.main.messages())).toEqual(['body 1', 'body 3']);
  expect(warnings).toEqual(['service-bus.journal-cut-off']);
});

test('journal: a file that mostly holds what is gone is rewritten without it, and not again at once', () => {
  const place = directory();
  const open = () => openFileJournal({ directory: place, definition, log: undefined, compactAboveBytes: 20_000 });
  const { journal } = openFileJournal({ directory: place, definition, log: undefined });
  for (let n = 1; n <= 500; n += 1) journal.main.append(stored(n));
  for (let n = 1; n <= 499; n += 1) journal.main.append(removed(n));
  journal.main.append({ kind: 'session-state', sessionId: 's', state: Buffer.from('state') });
  journal.close();
  const [name = ''] = readdirSync(place);
  const path = join(place, name);
  const grown = statSync(path).size;

  const { journal: rewritten } = open();
  const file = statSync(path);
  rewritten.main.append(stored(501));
  rewritten.close();

  expect(file.size).toBeLessThan(grown / 2);
  expect(file.size).toBeGreaterThan(20_000);
  expect(statSync(path).ino).toBe(file.ino);
  const { states } = open();
  expect(bodies(states.main.messages())).toEqual(['body 500', 'body 501']);
  expect(states.main.sessionState('s')?.toString()).toBe('state');
  expect(states.main.hasSeen('text:id 1', 2000)).toBe(true);
  expect(states.main.nextSequenceNumber).toBe(502);
  expect(readdirSync(place)).toEqual([name]);
});

test('journal: a rewrite that was interrupted changes nothing', () => {
  const place = directory();
  const { journal } = openFileJournal({ directory: place, definition, log: undefined });
  journal.main.append(stored(1));
  journal.close();
  const [name = ''] = readdirSync(place);
  writeFileSync(join(place, `${name}.next`), 'half a rewrite');

  const { states } = openFileJournal({ directory: place, definition, log: undefined });

  expect(bodies(states.main.messages())).toEqual(['body 1']);
});

test('journal: discarded, it leaves nothing behind; queue names need not be file names', () => {
  const place = directory();
  const { journal } = openFileJournal({ directory: place, definition, log: undefined });
  journal.main.append(stored(1));

  expect(readdirSync(place)).toEqual(['bot%2Fqueue.journal']);
  journal.discard();

  expect(readdirSync(place)).toEqual([]);
});

test('journal: confirms with the error when it cannot write', async () => {
  const place = directory();
  const { journal } = openFileJournal({ directory: place, definition, log: undefined });
  journal.close();

  journal.main.append(stored(1));
  const outcome = await new Promise((resolve) => journal.whenWritten(resolve));

  expect(outcome).toBeInstanceOf(Error);
});

test('journal: after a write that failed nothing is confirmed until all of it is written', async () => {
  const states = emptyStates(definition);
  let full = false;
  const written: Buffer[] = [];
  const take = (chunks: readonly Buffer[]) => {
    if (full) throw new Error('No space left');
    written.push(...chunks);
  };
  const file = {
    bytes: 0,
    append: take,
    replace: (batches: Iterable<readonly Buffer[]>) => {
      written.length = 0;
      for (const batch of batches) take(batch);
    },
    close: () => {},
    discard: () => {},
  };
  const journal = new FileJournal({ file, states, log: undefined });
  const append = (record: QueueRecord) => {
    states.main.apply(record);
    journal.main.append(record);
  };
  const confirmed = () => new Promise((resolve) => journal.whenWritten(resolve));
  append(stored(1));
  expect(await confirmed()).toBeUndefined();

  full = true;
  append(stored(2));
  expect(await confirmed()).toBeInstanceOf(Error);
  expect(await confirmed()).toBeInstanceOf(Error);
  full = false;
  expect(await confirmed()).toBeUndefined();
  append(stored(3));
  expect(await confirmed()).toBeUndefined();

  const restored = emptyStates(definition);
  for (const { record } of decodeRecords(Buffer.concat(written))) restored.main.apply(record);
  expect(bodies(restored.main.messages())).toEqual(['body 1', 'body 2', 'body 3']);
});

test('journal: rubbish after the last record does no harm', () => {
  const place = directory();
  const { journal } = openFileJournal({ directory: place, definition, log: undefined });
  journal.main.append(stored(1));
  journal.close();
  const path = join(place, readdirSync(place)[0] ?? '');
  const good = readFileSync(path).length;
  appendFileSync(path, Buffer.alloc(100, 7));

  const { states } = openFileJournal({ directory: place, definition, log: undefined });

  expect(bodies(states.main.messages())).toEqual(['body 1']);
  expect(statSync(path).size).toBe(good);
});

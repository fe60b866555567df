import type { OutboxStore } from './outbox-store.js';

/** The same outbox, which reports each record and dead letter that is written or finished here. */
export const countedOutbox = (store: OutboxStore, onChange: () => void): OutboxStore => {
  const counted = async <T>(change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } finally {
      // What failed may have changed something all the same.
      onChange();
    }
  };
  return {
    list: (from, signal) => store.list(from, signal),
    read: (name, signal) => store.read(name, signal),
    lease: (stored, signal) => store.lease(stored, signal),
    release: (lease, signal) => store.release(lease, signal),
    listDeadLetters: (from, signal) => store.listDeadLetters(from, signal),
    readDeadLetter: (name, signal) => store.readDeadLetter(name, signal),
    remember: (copies, signal) => store.remember(copies, signal),
    listDelivered: (from, signal) => store.listDelivered(from, signal),
    create: (record, signal) => counted(store.create(record, signal)),
    update: (lease, record, signal) => counted(store.update(lease, record, signal)),
    remove: (lease, signal) => counted(store.remove(lease, signal)),
    deadLetter: (letter, signal) => counted(store.deadLetter(letter, signal)),
    replaceDeadLetter: (stored, rest, signal) => counted(store.replaceDeadLetter(stored, rest, signal)),
  };
};

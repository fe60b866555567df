import { backlogQueueOf } from '../../src/shards/namespace-of.js';
import { createMemoryBacklogSource, type MemoryBacklogSource } from './memory/backlog-source.js';
import { createMemoryEventQueue, type MemoryEventQueue } from './memory/event-queue.js';
import { createMemoryOutboxStore, type MemoryOutboxStore } from './memory/outbox-store.js';
import { createMemoryPayloadArchive, type MemoryPayloadArchive } from './memory/payload-archive.js';
import { createMemoryApp, type MemoryApp, type MemoryAppOptions } from './memory-app.js';

/** One account or namespace of each kind, the first and the further one named `2`. */
export interface ShardedMemoryApp extends MemoryApp {
  readonly accounts: readonly { readonly archive: MemoryPayloadArchive; readonly outbox: MemoryOutboxStore }[];
  readonly namespaces: readonly MemoryEventQueue[];
  /** Every call of one account fails or hangs; absent: no more. */
  breakAccount(index: number, fault?: { readonly kind: 'hang' } | 'unavailable'): void;
  breakNamespace(index: number, fault?: { readonly kind: 'hang' } | 'unavailable'): void;
}

export interface ShardedAppOptions extends MemoryAppOptions {
  /** Bots whose queues lie in the further namespace alone; absent: both share all. */
  readonly botsOfSecond?: readonly string[];
}

const faultOf = (fault: { readonly kind: 'hang' } | 'unavailable' | undefined) =>
  fault === 'unavailable' ? ({ kind: 'error', code: 'unavailable' } as const) : fault;

/** The whole app on memory adapters with two accounts and two namespaces. */
export const createShardedMemoryApp = ({
  botsOfSecond: bots,
  ...options
}: ShardedAppOptions = {}): ShardedMemoryApp => {
  const archive = createMemoryPayloadArchive();
  const queue = createMemoryEventQueue();
  const outboxes: MemoryOutboxStore[] = [];
  const failing = new Set<number>();
  const backlogs: (readonly MemoryBacklogSource[])[] = [];
  const namespaces = (): readonly MemoryEventQueue[] => [app.queue, queue];
  const app: MemoryApp = createMemoryApp({
    ...options,
    wrap: (dependencies) => {
      const outbox = createMemoryOutboxStore({ clock: dependencies.clock });
      outboxes.push(outbox);
      for (const namespace of [0, 1]) {
        backlogs.push(
          ['', '2'].map((account) =>
            createMemoryBacklogSource(() => namespaces()[namespace]?.messages(backlogQueueOf(account)) ?? []),
          ),
        );
      }
      return {
        ...dependencies,
        shards: {
          accounts: [{ name: '2', archive, outbox, probe: (signal) => archive.read('health/probe', signal) }],
          namespaces: [
            {
              name: '2',
              bots,
              queue,
              probe: async () => {
                if (failing.has(1)) throw new Error('Fails on purpose');
              },
            },
          ],
          backlog: (namespace, account) => {
            const source = backlogs[namespace === '2' ? 1 : 0]?.[account === '2' ? 1 : 0];
            return source ?? dependencies.backlog;
          },
        },
      };
    },
  });
  const [outbox] = outboxes;
  if (outbox === undefined) throw new TypeError('The app was not made');
  const accounts = [app, { archive, outbox }];
  return Object.assign(app, {
    accounts,
    namespaces: namespaces(),
    breakAccount: (index: number, fault?: { readonly kind: 'hang' } | 'unavailable') => {
      accounts[index]?.archive.setFault(faultOf(fault));
      accounts[index]?.outbox.setFault(faultOf(fault));
    },
    breakNamespace: (index: number, fault?: { readonly kind: 'hang' } | 'unavailable') => {
      if (fault === undefined) failing.delete(index);
      else failing.add(index);
      namespaces()[index]?.setFault(faultOf(fault));
      for (const backlog of backlogs[index] ?? []) backlog.setFault(fault && 'unavailable');
    },
  });
};

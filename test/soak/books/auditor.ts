import { setTimeout as sleep } from 'node:timers/promises';
import type { StandIns } from '../stack/start-stand-ins.js';
import { soakBots } from '../traffic/soak-bots.js';
import { type Audit, audit, type Holdings } from './audit.js';
import { createShardedInbox, createStoreReader, type ShardedInbox, type StoreReader } from './read-stores.js';
import type { Register } from './register.js';

/** A look at the books while much is still on its way. */
export interface Look {
  readonly audit: Audit;
  /** Copies that are owed to someone. */
  readonly owed: number;
}

const recoveryTimeoutMs = 600_000;
const betweenLooksMs = 500;

/** Looks at all that the stores and the bots hold. Every fault must be off: it goes the way that the app goes. */
export class Auditor {
  readonly #shards: StandIns['shards'];
  readonly #register: Register;
  readonly #stores: StoreReader;
  readonly #inboxes: readonly ShardedInbox[];

  constructor({ shards }: Pick<StandIns, 'shards'>, register: Register) {
    this.#shards = shards;
    this.#register = register;
    this.#stores = createStoreReader(shards);
    this.#inboxes = soakBots.map((bot) => createShardedInbox(bot, shards));
  }

  /** What is owed first, then what is held: a copy that moves meanwhile is seen at least once. */
  async look(): Promise<Look> {
    const owed = await this.#stores.owed();
    const dead = await this.#stores.deadLetters();
    const archive = await this.#stores.archive();
    await Promise.all(this.#inboxes.map((inbox) => inbox.receiveAll()));
    return { audit: this.#audit({ archive, owed, dead }), owed: owed.length };
  }

  /**
   * After how many seconds backlog and outbox were empty, and what killed processes left was looked through, which may owe something
   * anew; `undefined` when that never was.
   */
  async whenNothingIsOwed(): Promise<number | undefined> {
    const startedAt = performance.now();
    const elapsedMs = (): number => performance.now() - startedAt;
    while (elapsedMs() < recoveryTimeoutMs) {
      const isUnsettled = await this.#stores.hasUnsettledProcess();
      if (!isUnsettled && !(await this.#stores.isAnythingOwed())) return Math.round(elapsedMs() / 1_000);
      await sleep(betweenLooksMs);
    }
    return undefined;
  }

  /** The last look: nothing counts that is merely owed, and every payload is read once more. */
  async close(): Promise<Audit> {
    await Promise.all(this.#inboxes.map((inbox) => inbox.receiveAll()));
    const stores = createStoreReader(this.#shards);
    const dead = await stores.deadLetters();
    const archive = await stores.archive();
    return this.#audit({ archive, owed: [], dead });
  }

  #audit(held: Omit<Holdings, 'inboxes'>): Audit {
    return audit(this.#register, { ...held, inboxes: this.#inboxes }, this.#shards.length - 1);
  }
}

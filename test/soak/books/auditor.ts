import { setTimeout as sleep } from 'node:timers/promises';
import type { StandIns } from '../stack/start-stand-ins.js';
import { soakBots } from '../traffic/soak-bots.js';
import { type Audit, audit } from './audit.js';
import { BotInbox } from './bot-inbox.js';
import { readBacklog } from './read-backlog.js';
import { type BlobReader, createBlobReader } from './read-blobs.js';
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
  readonly #standIns: Pick<StandIns, 'connections'>;
  readonly #register: Register;
  readonly #blobs: BlobReader;
  readonly #inboxes: readonly BotInbox[];

  constructor(standIns: Pick<StandIns, 'connections'>, register: Register) {
    this.#standIns = standIns;
    this.#register = register;
    this.#blobs = createBlobReader(standIns.connections.blobConnectionString);
    this.#inboxes = soakBots.map((bot) => new BotInbox(bot, standIns.connections));
  }

  /**
   * The app goes on moving copies meanwhile, from the backlog to archive and outbox, from there to the queues. Read in that
   * order, what moves is seen at least once.
   */
  async look(): Promise<Look> {
    const backlog = await readBacklog(this.#standIns.connections.serviceBusConnectionString);
    const owed = [...backlog, ...(await this.#blobs.outbox())];
    const dead = await this.#blobs.deadLetters();
    const archive = await this.#blobs.archive();
    await Promise.all(this.#inboxes.map((inbox) => inbox.receiveAll()));
    return { audit: audit(this.#register, { archive, inboxes: this.#inboxes, owed, dead }), owed: owed.length };
  }

  /** After how many seconds backlog and outbox were empty; `undefined` when they never were. */
  async whenNothingIsOwed(): Promise<number | undefined> {
    const startedAt = performance.now();
    const elapsedMs = (): number => performance.now() - startedAt;
    while (elapsedMs() < recoveryTimeoutMs) {
      const backlog = await readBacklog(this.#standIns.connections.serviceBusConnectionString);
      const owed = backlog.length === 0 ? await this.#blobs.outbox() : backlog;
      if (owed.length === 0) return Math.round(elapsedMs() / 1_000);
      await sleep(betweenLooksMs);
    }
    return undefined;
  }

  /** The last look: nothing counts that is merely owed, and every payload is read once more. */
  async close(): Promise<Audit> {
    await Promise.all(this.#inboxes.map((inbox) => inbox.receiveAll()));
    const blobs = createBlobReader(this.#standIns.connections.blobConnectionString);
    const dead = await blobs.deadLetters();
    const archive = await blobs.archive();
    return audit(this.#register, { archive, inboxes: this.#inboxes, owed: [], dead });
  }
}

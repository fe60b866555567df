import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusReceiver } from '@azure/service-bus';
import { createArchiveDownload } from '../../../examples/bot/archive-download.js';
import type { HostConnections } from '../../../local/stack/host-environment.js';
import { type Download, fetchPayload, parseEnvelope } from '../../../src/consumer/consumer.js';
import type { SoakBot } from '../traffic/soak-bots.js';

/** One copy as a bot received it: the payload's hash, a claim check's fetched from the archive. */
export interface ReceivedCopy {
  readonly id: string;
  readonly sha256: string;
  readonly sessionId: string | undefined;
}

const receivedAtOnce = 100;
const instances = 24;
const emptyAfterMs = 100;
const mostInterruptions = 20;
/** Longer than a lock lasts. */
const mostRounds = 60;
const betweenRoundsMs = 2_000;
const options = { skipParsingBodyAsJson: true } as const;

const codeOf = (fault: unknown): unknown => (fault instanceof Error && 'code' in fault ? fault.code : undefined);

const noSession: ReadonlySet<unknown> = new Set(['ServiceTimeout', 'SessionCannotBeLocked']);

/** On a busy machine locks and links are lost; what was not settled comes again. */
const interruptions: ReadonlySet<unknown> = new Set(['SessionLockLost', 'MessageLockLost', 'ServiceTimeout']);

/** A bot as it would be written with `breakwater/consumer`. It remembers all that it ever received, in that order. */
export class BotInbox {
  readonly #bot: SoakBot;
  readonly #connectionString: string;
  readonly #download: Download;
  /** By sequence number: the same message received again is no other message. */
  readonly #received = new Map<string, ReceivedCopy>();

  constructor(bot: SoakBot, connections: HostConnections) {
    this.#bot = bot;
    this.#connectionString = connections.serviceBusConnectionString;
    this.#download = createArchiveDownload(connections.blobConnectionString);
  }

  get bot(): SoakBot {
    return this.#bot;
  }

  get received(): readonly ReceivedCopy[] {
    return [...this.#received.values()];
  }

  /**
   * Several instances at once receive until the queue is empty, session by session when the bot is ordered. On a busy machine messages come to
   * a receiver that has just gone: they are locked for a while, then they come again.
   */
  async receiveAll(): Promise<void> {
    for (let rounds = 0; rounds < mostRounds; rounds += 1) {
      if (await this.#receiveRound()) return;
      await sleep(betweenRoundsMs);
    }
    throw new Error(`${this.#bot.queue} could not be emptied`);
  }

  /** Whether nothing is left, locked messages counted. */
  async #receiveRound(): Promise<boolean> {
    const retryOptions = { maxRetries: 0, timeoutInMs: 2_000 };
    const client = new ServiceBusClient(this.#connectionString, { retryOptions });
    try {
      const work = () => (this.#bot.ordered ? this.#sessions(client) : this.#plain(client));
      await Promise.all(Array.from({ length: instances }, work));
      return (await client.createReceiver(this.#bot.queue).peekMessages(1)).length === 0;
    } finally {
      await client.close();
    }
  }

  async #plain(client: ServiceBusClient): Promise<void> {
    for (let interrupted = 0; interrupted < mostInterruptions; interrupted += 1) {
      if (await this.#drain(client.createReceiver(this.#bot.queue, options))) return;
    }
    throw new Error(`${this.#bot.queue} could not be emptied`);
  }

  async #sessions(client: ServiceBusClient): Promise<void> {
    let interrupted = 0;
    while (interrupted < mostInterruptions) {
      const receiver = await this.#nextSession(client);
      if (receiver === undefined) return;
      if (!(await this.#drain(receiver))) interrupted += 1;
    }
    throw new Error(`The sessions of ${this.#bot.queue} could not be emptied`);
  }

  async #nextSession(client: ServiceBusClient): Promise<ServiceBusReceiver | undefined> {
    try {
      return await client.acceptNextSession(this.#bot.queue, options);
    } catch (fault) {
      if (noSession.has(codeOf(fault))) return undefined;
      throw fault;
    }
  }

  /** Whether it got to the end without an interruption. */
  async #drain(receiver: ServiceBusReceiver): Promise<boolean> {
    try {
      while (await this.#receiveSome(receiver));
      return true;
    } catch (fault) {
      if (interruptions.has(codeOf(fault))) return false;
      throw fault;
    } finally {
      await receiver.close();
    }
  }

  /** Messages are settled one after another: the SDK mixes up the outcomes of neighbours settled in the same moment. */
  async #receiveSome(receiver: ServiceBusReceiver): Promise<boolean> {
    const messages = await receiver.receiveMessages(receivedAtOnce, { maxWaitTimeInMs: emptyAfterMs });
    for (const message of messages) {
      await this.#keep(message);
      await receiver.completeMessage(message);
    }
    return messages.length > 0;
  }

  async #keep(message: ServiceBusReceivedMessage): Promise<void> {
    const event = parseEnvelope(message);
    const payload = await fetchPayload(event, this.#download);
    const sha256 = createHash('sha256').update(payload).digest('hex');
    const copy = { id: event.attributes.id, sha256, sessionId: message.sessionId };
    this.#received.set(String(message.sequenceNumber), copy);
  }
}

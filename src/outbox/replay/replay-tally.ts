import type { ArchivedEvent } from '../../archive/archived-event.js';
import type { Bot } from '../../routing/bot.js';
import { reasonOfFault } from '../../routing/route-event.js';
import type { StopReason } from '../backlog/drain-archive-backlog.js';
import type { SentArchived } from './send-archived.js';

/** Copies that one bot's own queue refused, or whose payload cannot be sent. */
export interface FailedCopies {
  readonly bot: string;
  readonly reason: string;
  readonly times: number;
}

/** What a replay did. `resumeFrom` is where the next call has to begin; absent when it is complete. */
export interface ReplayReport {
  readonly events: number;
  readonly sent: number;
  /** Copies by bot; in a dry run those that would be sent. */
  readonly bots: Readonly<Record<string, number>>;
  readonly failed: readonly FailedCopies[];
  readonly complete: boolean;
  readonly stoppedBy?: StopReason;
  readonly resumeFrom?: string;
}

/** Counts what one replay does, and remembers where it stopped. */
export class ReplayTally {
  #events = 0;
  #sent = 0;
  readonly #bots = new Map<string, number>();
  readonly #failed = new Map<string, FailedCopies>();
  #stoppedBy: StopReason | undefined;
  #resumeFrom: string | undefined;

  get stopped(): boolean {
    return this.#stoppedBy !== undefined;
  }

  get hasBegun(): boolean {
    return this.#events > 0;
  }

  get report(): ReplayReport {
    return {
      events: this.#events,
      sent: this.#sent,
      bots: Object.fromEntries(this.#bots),
      failed: [...this.#failed.values()],
      complete: !this.stopped,
      ...(this.#stoppedBy !== undefined && { stoppedBy: this.#stoppedBy }),
      ...(this.#resumeFrom !== undefined && { resumeFrom: this.#resumeFrom }),
    };
  }

  /** A dry run: these would get the event. */
  counted(bots: readonly Bot[]): void {
    this.#events += 1;
    for (const { name } of bots) this.#bots.set(name, (this.#bots.get(name) ?? 0) + 1);
  }

  replayed(event: ArchivedEvent, bots: readonly Bot[], sent: SentArchived): void {
    if (sent.kind === 'unavailable') this.#stop('blob-storage', event);
    else if (sent.kind === 'sent') this.#routed(event, sent.routes);
    else this.#damaged(bots, sent.reason);
  }

  /** An event whose turn came after the stop. */
  left({ attributes }: ArchivedEvent): void {
    this.#resumeAt(attributes.time);
  }

  /** `next`: when the first event arrived that is left. */
  outOfTime(next: string): void {
    this.#stoppedBy ??= 'time-limit';
    this.#resumeAt(next);
  }

  storageFailed(resumeFrom: string): void {
    this.#stoppedBy ??= 'blob-storage';
    this.#resumeAt(resumeFrom);
  }

  #damaged(bots: readonly Bot[], reason: string): void {
    this.#events += 1;
    for (const { name } of bots) this.#fail(name, reason);
  }

  #routed(event: ArchivedEvent, routes: Extract<SentArchived, { kind: 'sent' }>['routes']): void {
    this.#events += 1;
    for (const route of routes) {
      const { name } = route.bot;
      if (route.kind === 'routed') {
        this.#sent += 1;
        this.#bots.set(name, (this.#bots.get(name) ?? 0) + 1);
      } else if (route.kind === 'refused') {
        this.#fail(name, route.reason);
      } else {
        this.#fail(name, reasonOfFault(route.fault));
        this.#stop('service-bus', event);
      }
    }
  }

  #fail(bot: string, reason: string): void {
    const key = `${bot}\n${reason}`;
    this.#failed.set(key, { bot, reason, times: (this.#failed.get(key)?.times ?? 0) + 1 });
  }

  #stop(reason: StopReason, { attributes }: ArchivedEvent): void {
    this.#stoppedBy ??= reason;
    this.#resumeAt(attributes.time);
  }

  #resumeAt(time: string): void {
    if (this.#resumeFrom === undefined || time < this.#resumeFrom) this.#resumeFrom = time;
  }
}

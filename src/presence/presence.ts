import { type Clock, waitAtMost } from '../time/clock.js';
import { type GuardedPresences, type PresenceLease, type PresenceNote, presenceSeconds } from './presence-store.js';

export interface PresencePorts {
  readonly presences: GuardedPresences;
  /** Of this process alone: nobody has had it before. */
  readonly process: string;
  readonly clock: Clock;
  /** Runs what belongs to no request outside of the one that happened to start it. */
  readonly outside: <T>(work: () => T) => T;
}

/** While nothing arrives: three of them in the time of a lease. While something does more often, so that less is looked through. */
const renewEveryMs = { resting: 20_000, working: 5_000 } as const;
/** How long a lease is trusted after a renewal began: what is archived until then is there before the lease ends. */
const trustedMs = presenceSeconds * 1_000 - 15_000;
/** Between two notes while nothing arrives, so that a sweep never has many days to look through. */
const restNoteEveryMs = 600_000;
/** What a payload waits for a note to be written, from its beginning; and how soon one that could not be is tried again. */
const longestWaitMs = 300;
const tryAgainAfterMs = 5_000;

interface InFlight {
  readonly arrivedAtMs: number;
}

/**
 * Says that this process lives and since when it has work that is not settled, so that others finish it should it be killed. A webhook
 * costs no call: one note is renewed every 20 seconds while the process lives, and every 5 while it works. Never throws: while storage fails, nothing is said.
 */
export class Presence {
  readonly #ports: PresencePorts;
  readonly #inFlight = new Set<InFlight>();
  #lease: PresenceLease | undefined;
  #notes = 0;
  #trustedUntilMs = Number.NEGATIVE_INFINITY;
  #notedMs = Number.NEGATIVE_INFINITY;
  /** Whether anything arrived that the last note does not know of. */
  #hasWorked = false;
  /** Since when something was left unsettled that the timer has to find. */
  #unsettledMs = Number.POSITIVE_INFINITY;
  #triedMs = Number.NEGATIVE_INFINITY;
  #telling: Promise<void> | undefined;
  #cancelTimer = () => {};
  #hasEnded = false;

  constructor(ports: PresencePorts) {
    this.#ports = ports;
  }

  get process(): string {
    return this.#ports.process;
  }

  /** A delivery arrives; answers what to call when it is settled. */
  begin(): () => void {
    const work = { arrivedAtMs: this.#ports.clock.epochMs() };
    this.#inFlight.add(work);
    if (!this.#hasWorked && this.#lease !== undefined && this.#telling === undefined)
      this.#tellIn(renewEveryMs.working);
    this.#hasWorked = true;
    return () => void this.#inFlight.delete(work);
  }

  /** Of a delivery that is at work: something of it is archived, and will be neither routed nor owed. */
  leaves({ receivedAt }: { readonly receivedAt: Date }): void {
    this.#unsettledMs = Math.min(this.#unsettledMs, receivedAt.getTime());
    this.#hasWorked = true;
  }

  /** What a payload has to wait for before it is archived; `undefined` when others know of this process, as they nearly always do. */
  known(): Promise<void> | undefined {
    const { clock } = this.#ports;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#trustedUntilMs || this.#hasEnded) return undefined;
    if (nowMs - this.#triedMs >= tryAgainAfterMs) void this.announce();
    const waitMs = this.#triedMs + longestWaitMs - nowMs;
    return this.#telling === undefined || waitMs <= 0 ? undefined : waitAtMost(this.#telling, waitMs, clock);
  }

  /** Says it now, and from now on again and again. */
  announce(): Promise<void> {
    this.#telling ??= this.#ports.outside(() => this.#tell());
    return this.#telling;
  }

  /** The process ends as it should: nothing of it has to be looked for, unless it still has work. */
  async withdraw(): Promise<void> {
    this.#hasEnded = true;
    this.#cancelTimer();
    await this.#telling;
    const isSettled = this.#inFlight.size === 0 && this.#unsettledMs === Number.POSITIVE_INFINITY;
    if (this.#lease !== undefined && isSettled) await this.#ports.presences.remove(this.#lease);
  }

  async #tell(): Promise<void> {
    const { clock } = this.#ports;
    this.#cancelTimer();
    const beganMs = clock.monotonicMs();
    this.#triedMs = beganMs;
    if ((await this.#renewed()) || (await this.#announced())) this.#trustedUntilMs = beganMs + trustedMs;
    this.#telling = undefined;
    this.#tellIn(this.#hasWorked ? renewEveryMs.working : renewEveryMs.resting);
  }

  #tellIn(delayMs: number): void {
    this.#cancelTimer();
    if (this.#hasEnded) return;
    const { clock, outside } = this.#ports;
    this.#cancelTimer = outside(() => clock.startTimer(delayMs, () => void this.announce()));
  }

  async #renewed(): Promise<boolean> {
    const { presences, clock } = this.#ports;
    if (this.#lease === undefined) return false;
    const isDue = this.#hasWorked || clock.monotonicMs() - this.#notedMs >= restNoteEveryMs;
    const renewed = await presences.renew(this.#lease, isDue ? this.#note() : undefined);
    if (renewed.ok && renewed.value === 'renewed') return this.#handedOver(this.#lease);
    if (renewed.ok) this.#lease = undefined;
    this.#hasWorked ||= isDue;
    return false;
  }

  /** Leaves a note that covers something unsettled to whoever runs the timer next; answers whether the note stays its own. */
  async #handedOver(lease: PresenceLease): Promise<boolean> {
    if (this.#unsettledMs === Number.POSITIVE_INFINITY) return true;
    const released = await this.#ports.presences.release(lease);
    if (!released.ok) return true;
    this.#unsettledMs = Number.POSITIVE_INFINITY;
    this.#lease = undefined;
    return false;
  }

  /** Under another name each time: what somebody else has taken is left to them. */
  async #announced(): Promise<boolean> {
    if (this.#lease !== undefined) return false;
    this.#notes += 1;
    const announced = await this.#ports.presences.announce(`${this.process}.${this.#notes}`, this.#note());
    if (announced.ok) this.#lease = announced.value;
    return announced.ok;
  }

  #note(): PresenceNote {
    const { clock } = this.#ports;
    this.#notedMs = clock.monotonicMs();
    this.#hasWorked = this.#inFlight.size > 0;
    const [oldest] = this.#inFlight;
    const sinceMs = Math.min(oldest?.arrivedAtMs ?? clock.epochMs(), this.#unsettledMs);
    return { process: this.process, since: new Date(sinceMs).toISOString() };
  }
}

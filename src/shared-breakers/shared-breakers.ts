import type { ArchiveError } from '../archive/archive-error.js';
import { classifyArchiveError } from '../archive/classify-archive-error.js';
import { CircuitBreaker, type ManagedBreaker } from '../circuit-breaker/circuit-breaker.js';
import { isRecord } from '../circuit-breaker/circuit-breaker-options.js';
import type { Log } from '../observability/log/log.js';
import type { Clock } from '../time/clock.js';
import { FollowedBreaker, type News } from './followed-breaker.js';
import { decodeEntries, encodeEntries, type SharedEntries, type SharedEntry } from './shared-entry.js';
import type { SharedStateReading, SharedStateStore } from './shared-state-store.js';

export interface SharedBreakersPorts {
  readonly store: SharedStateStore;
  /** Those that there are at this moment. */
  readonly breakers: Iterable<ManagedBreaker>;
  /** This process's name, which no other has. */
  readonly process: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  /** Runs what belongs to no request outside of the one that happened to start it. */
  readonly outside: <T>(work: () => T) => T;
}

/** What an operator has told breakers of this instance. */
export type SharedCommand =
  | { readonly kind: 'reset'; readonly breakers: readonly string[] }
  | { readonly kind: 'change'; readonly breaker: string; readonly patch: unknown };

/** Between two looks, so that what one instance knows is known to all within 3 seconds. */
const lookEveryMs = { closed: 2_000, otherwise: 1_000 } as const;
/** As many instances may tell something at once: each is refused once by each of the others. */
const mostAttempts = 10;

/** The store's own breaker: whatever becomes of it moves no other. */
const storeOptions = {
  failureThreshold: 3,
  coolDownMs: 5_000,
  successThreshold: 1,
  operationTimeoutMs: 1_000,
} as const;

/**
 * Tells other instances when a breaker opens, probes and closes, and what operators command, and takes over what they tell. It reads one
 * small document every second or two, never within a request. While the store fails every instance decides for itself.
 */
export class SharedBreakers {
  readonly #ports: SharedBreakersPorts;
  readonly #guard: CircuitBreaker<unknown, ArchiveError>;
  readonly #followed = new WeakMap<ManagedBreaker, FollowedBreaker>();
  #entries: SharedEntries = new Map();
  #version: string | undefined;
  #running: Promise<boolean> | undefined;
  #isAsked = false;
  #isFailing = false;
  #hasEnded = false;
  #cancelTimer = () => {};

  constructor(ports: SharedBreakersPorts) {
    this.#ports = ports;
    const { clock } = ports;
    this.#guard = new CircuitBreaker({
      name: 'shared-breakers',
      clock,
      options: storeOptions,
      classify: classifyArchiveError,
    });
  }

  /** Looks now, and from now on again and again. Never rejects. */
  async start(): Promise<void> {
    await this.#exchange();
  }

  stop(): void {
    this.#hasEnded = true;
    this.#cancelTimer();
  }

  /** Tells the others of a command that was carried out here; answers whether it is written down for them. What could not be is later. */
  async share(command: SharedCommand): Promise<boolean> {
    const names = command.kind === 'reset' ? command.breakers : [command.breaker];
    const commanded = this.#follow().filter(({ name }) => names.includes(name));
    for (const followed of commanded) {
      if (command.kind === 'reset') followed.command({ hasReset: true });
      else if (isRecord(command.patch)) followed.command({ patch: command.patch });
    }
    await this.#exchange();
    return commanded.every(({ news }) => news?.hasReset === undefined && news?.patch === undefined);
  }

  /** One at a time; what is asked for meanwhile is done before it ends. */
  #exchange(): Promise<boolean> {
    this.#isAsked = true;
    this.#running ??= this.#ports.outside(() => this.#exchangeAll());
    return this.#running;
  }

  async #exchangeAll(): Promise<boolean> {
    this.#cancelTimer();
    let isDone = false;
    while (this.#isAsked) {
      this.#isAsked = false;
      isDone = await this.#exchangeOnce();
    }
    this.#running = undefined;
    this.#lookIn();
    return isDone;
  }

  #lookIn(): void {
    if (this.#hasEnded) return;
    const { clock, outside } = this.#ports;
    const isClosed = this.#follow().every((followed) => followed.isClosed);
    const delayMs = isClosed ? lookEveryMs.closed : lookEveryMs.otherwise;
    this.#cancelTimer = outside(() => clock.startTimer(delayMs, () => void this.#exchange()));
  }

  async #exchangeOnce(): Promise<boolean> {
    const { store, clock } = this.#ports;
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const read = await this.#guard.call((signal) => store.read(this.#version, signal));
      if (!read.ok) return this.#report('failing');
      this.#learn(read.value);
      const all = this.#follow();
      this.#takeOver(all);
      const { entries, telling } = this.#merge(all);
      if (telling.size === 0) return this.#report('answering');
      const json = encodeEntries(entries, clock.monotonicMs());
      const written = await this.#guard.call((signal) => store.write(json, this.#version, signal));
      if (!written.ok) return this.#report('failing');
      if (written.value === 'conflict') continue;
      this.#version = written.value;
      this.#entries = entries;
      for (const [followed, { news, entry }] of telling) followed.told(news, entry);
      return this.#report('answering');
    }
    return false;
  }

  #learn(reading: SharedStateReading | 'unchanged' | 'absent'): void {
    if (reading === 'unchanged') return;
    const isAbsent = reading === 'absent';
    this.#version = isAbsent ? undefined : reading.version;
    this.#entries = isAbsent ? new Map() : decodeEntries(reading.json, this.#ports.clock.monotonicMs() - reading.ageMs);
  }

  #takeOver(all: readonly FollowedBreaker[]): void {
    const { process, log, clock } = this.#ports;
    for (const followed of all) {
      const entry = this.#entries.get(followed.name);
      if (entry !== undefined && followed.takeOver(entry, entry.by === process)) {
        const leftMs = Math.max(0, Math.round(entry.untilMs - clock.monotonicMs()));
        log.write('info', 'breaker.adopted', { breaker: followed.name, state: entry.kind, from: entry.by, leftMs });
      }
      followed.claim(entry);
    }
  }

  /** The document with this instance's news in it. */
  #merge(all: readonly FollowedBreaker[]) {
    const nowMs = this.#ports.clock.monotonicMs();
    const names = new Set(all.map(({ name }) => name));
    const kept = [...this.#entries].filter(
      ([name, { untilMs, change }]) => names.has(name) || change !== undefined || untilMs > nowMs,
    );
    const entries = new Map(kept);
    const telling = new Map<FollowedBreaker, { readonly news: News; readonly entry: SharedEntry }>();
    for (const followed of all) {
      const { news } = followed;
      if (news === undefined) continue;
      const entry = this.#entryOf(followed, news);
      entries.set(followed.name, entry);
      telling.set(followed, { news, entry });
    }
    return { entries, telling };
  }

  #entryOf({ name, base }: FollowedBreaker, { state, hasReset, patch }: News): SharedEntry {
    const { newId, process, clock } = this.#ports;
    const known = this.#entries.get(name);
    const id = newId();
    const before = known?.change?.base === base ? known.change.patch : {};
    const untold = { id, by: process, kind: 'Closed', untilMs: clock.monotonicMs() } as const;
    return {
      ...(known ?? untold),
      ...(state !== undefined && { id, by: process, kind: state.kind, untilMs: state.untilMs }),
      ...(hasReset && { resetId: id }),
      ...(patch !== undefined && { change: { id, base, patch: { ...before, ...patch } } }),
    };
  }

  #follow(): readonly FollowedBreaker[] {
    return Array.from(this.#ports.breakers, (breaker) => {
      const known = this.#followed.get(breaker);
      if (known !== undefined) return known;
      const followed = new FollowedBreaker(breaker, this.#ports.clock, () => void this.#exchange());
      this.#followed.set(breaker, followed);
      return followed;
    });
  }

  /** One line when it begins and one when it ends. */
  #report(state: 'failing' | 'answering'): boolean {
    const { log } = this.#ports;
    const isFailing = state === 'failing';
    if (isFailing && !this.#isFailing) log.write('warn', 'breakers.not-shared', {});
    if (!isFailing && this.#isFailing) log.write('info', 'breakers.shared', {});
    this.#isFailing = isFailing;
    return !isFailing;
  }
}

import { github } from '../../../src/providers/github.js';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { createMemorySecretStore } from '../../../src/secrets/memory-secret-store.js';
import type { Clock } from '../../../src/time/clock.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryBacklogSource } from '../../support/memory/backlog-source.js';
import { createMemoryBodyLog, type SharedParts } from '../../support/memory/body-log.js';
import { createMemoryEventQueue } from '../../support/memory/event-queue.js';
import { createMemoryOutboxStore } from '../../support/memory/outbox-store.js';
import { createMemoryPayloadArchive } from '../../support/memory/payload-archive.js';
import { createMemoryQuarantineStore } from '../../support/memory/quarantine-store.js';
import { createMemoryApp, type MemoryApp, signGithub } from '../../support/memory-app.js';
import { postWebhook, type Reply } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';
import { Arrivals } from './arrivals.js';
import { worldBots } from './bots.js';
import { type Death, Life, mortal } from './life.js';
import { type Dependency, dependencies, type Scenario, type Send } from './steps.js';
import { bodyOf, deliveryIdOf } from './world-events.js';

/** A day, as `infra` has it. */
export const duplicateWindowMs = 24 * 3_600_000;

const secrets = {
  'github-webhook-secret': 'a secret of the first route',
  'github-acme-webhook-secret': 'a secret of the tenant',
} as const;

const storage: ReadonlySet<Dependency> = new Set(['archive', 'outbox', 'removing', 'backlog']);

interface Instance {
  readonly app: MemoryApp;
  readonly life: Life;
}

const aheadBy = (clock: Clock, ms: number): Clock => ({
  monotonicMs: () => clock.monotonicMs(),
  epochMs: () => clock.epochMs() + ms,
  startTimer: (delayMs, elapsed) => clock.startTimer(delayMs, elapsed),
});

interface FailedStorage {
  readonly dependency: Dependency;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Longer than any request and any run of the timer lasts. */
const longestWorkMs = 300_000;
const tickMs = 250;

/** Two instances of the app on stores that they share, with a clock that moves only here. */
export class World {
  readonly clock = new ManualClock();
  readonly archive = createMemoryPayloadArchive();
  readonly outbox = createMemoryOutboxStore({ clock: this.clock });
  readonly quarantine = createMemoryQuarantineStore({ clock: this.clock });
  readonly queue = createMemoryEventQueue({ duplicateWindow: { ms: duplicateWindowMs, clock: this.clock } });
  readonly backlog = createMemoryBacklogSource(() => this.queue.messages(archiveBacklogQueue));
  readonly secretStore = createMemorySecretStore(secrets);
  readonly aheadMs: number;
  readonly arrivals = new Arrivals(this.queue, this.clock);
  readonly #environment: Readonly<Record<string, string>>;
  /** One for each instance: time passes alike on them, and what they show may differ. */
  readonly #clocks: readonly Clock[];
  readonly #instances: Instance[] = [];
  readonly #bodyParts: SharedParts = new Map();
  #ids = 0;
  #captured = 0;
  #lives = 0;
  #storageFailed: readonly FailedStorage[] = [];

  constructor({ defers, aheadMs }: Omit<Scenario, 'steps'>) {
    this.aheadMs = aheadMs;
    this.#clocks = [this.clock, aheadBy(this.clock, aheadMs)];
    this.#environment = {
      QUEUE_UNAVAILABLE: defers ? 'defer' : 'reject',
      PROVIDERS: 'github,github-acme',
      WEBHOOK_SECRET_GITHUB_ACME: secrets['github-acme-webhook-secret'],
    };
    this.#instances.push(...this.#clocks.map((clock) => this.#start(clock)));
  }

  /** Which life an instance is in: another after each kill. */
  lifeOf(instance: number): Life {
    return this.#instanceAt(instance).life;
  }

  /** `undefined`: it died before it answered. */
  send({ instance, event, isCaptured = false }: Send): Promise<Reply | undefined> {
    const { app } = this.#instanceAt(instance);
    this.#captured += isCaptured ? 1 : 0;
    const body = bodyOf(event);
    return this.#work(instance, () =>
      postWebhook(app.app.receiveWebhook, {
        provider: event.route,
        body,
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'pull_request',
          'x-github-delivery': isCaptured ? `captured-${this.#captured}` : deliveryIdOf(event),
          'x-hub-signature-256': signGithub(body, secrets[`${event.route}-webhook-secret`]),
        },
      }),
    );
  }

  async drain(instance: number): Promise<void> {
    this.arrivals.isTimerRunning = true;
    await this.#work(instance, () => this.#instanceAt(instance).app.drain());
    this.arrivals.isTimerRunning = false;
  }

  wait(ms: number): void {
    this.clock.advance(ms);
  }

  /** Whether what instances tell each other by way of storage could fail at any time between. */
  wasStorageFailing(fromMs: number, toMs: number): boolean {
    return this.#storageFailed.some((failed) => failed.fromMs <= toMs && failed.toMs >= fromMs);
  }

  fail(dependency: Dependency, how: 'error' | 'hang'): void {
    if (storage.has(dependency)) {
      const failed = { dependency, fromMs: this.clock.monotonicMs(), toMs: Number.POSITIVE_INFINITY };
      this.#storageFailed = [...this.#storageFailed, failed];
    }
    this.#setFault(dependency, how);
  }

  stumble(times: number): void {
    this.arrivals.refusals = times;
  }

  /** Absent: everything. */
  mend(dependency?: Dependency): void {
    const mended = dependency === undefined ? dependencies : [dependency];
    const toMs = this.clock.monotonicMs();
    this.#storageFailed = this.#storageFailed.map((failed) =>
      mended.includes(failed.dependency) ? { ...failed, toMs: Math.min(failed.toMs, toMs) } : failed,
    );
    for (const each of mended) this.#setFault(each, undefined);
    if (mended.includes('ordered-queue')) this.arrivals.refusals = 0;
  }

  #setFault(dependency: Dependency, how: 'error' | 'hang' | undefined): void {
    const faulty = how === 'hang' ? ({ kind: 'hang' } as const) : ({ kind: 'error', code: 'unavailable' } as const);
    const fault = how === undefined ? undefined : faulty;
    const secretFault = how === 'hang' ? ({ kind: 'hang' } as const) : ({ kind: 'fail', code: 'unavailable' } as const);
    const setters: Readonly<Record<Dependency, () => void>> = {
      archive: () => this.archive.setFault(fault),
      quarantine: () => this.quarantine.setFault(fault),
      outbox: () => this.outbox.setFault(fault),
      removing: () => this.outbox.setFault(fault, 'remove'),
      'service-bus': () => {
        this.backlog.setFault(how === undefined ? undefined : 'unavailable');
        this.queue.setFault(fault);
      },
      'ordered-queue': () => this.queue.setFault(fault, worldBots.ordered.queue),
      backlog: () => this.queue.setFault(fault, archiveBacklogQueue),
      vault: () => this.secretStore.setFault(how === undefined ? { kind: 'none' } : secretFault),
    };
    setters[dependency]();
  }

  killAt(instance: number, death: Death): void {
    this.lifeOf(instance).endAt(death);
  }

  /** Whether nothing is on its way any more. */
  get isSettled(): boolean {
    const owed = this.outbox.records().size + this.quarantine.records().size + this.backlog.waiting().length;
    return owed === 0;
  }

  #instanceAt(index: number): Instance {
    const instance = this.#instances[index];
    if (instance === undefined) throw new RangeError(`There is no instance ${index}`);
    return instance;
  }

  #start(clock: Clock): Instance {
    const life = new Life();
    this.#lives += 1;
    const app = createMemoryApp({
      bots: Object.values(worldBots),
      ownProviders: [{ ...github, name: 'github-acme' }],
      environment: this.#environment,
      wrap: (dependencies) => ({
        ...dependencies,
        clock,
        newId: () => {
          this.#ids += 1;
          return `id-${this.#ids}`;
        },
        archive: mortal(this.archive, life),
        outbox: mortal(this.outbox, life),
        quarantine: mortal(this.quarantine, life),
        queue: mortal(this.arrivals, life),
        backlog: mortal(this.backlog, life),
        secretStore: mortal(this.secretStore, life),
        bodyLog: mortal(createMemoryBodyLog(this.#bodyParts, `life-${this.#lives}`), life),
      }),
    });
    return { app, life };
  }

  /** Time goes on until the work is done, or its instance died at it; then another takes its place. */
  async #work<T>(index: number, work: () => Promise<T>): Promise<T | undefined> {
    const { life } = this.#instanceAt(index);
    let result: { readonly value: T } | undefined;
    const done = work().then((value) => {
      result = { value };
    });
    await Promise.race([done, this.#untilTimePasses(() => result !== undefined || life.isOver)]);
    await settled();
    if (life.isOver) this.#replace(index, life);
    if (result === undefined && !life.isOver) throw new Error('The work took longer than anything may');
    return result?.value;
  }

  async #untilTimePasses(isDone: () => boolean): Promise<void> {
    const untilMs = this.clock.monotonicMs() + longestWorkMs;
    for (;;) {
      for (let turn = 0; turn < 3; turn += 1) await settled();
      if (isDone() || this.clock.monotonicMs() >= untilMs) return;
      this.clock.advance(tickMs);
    }
  }

  /** The locks of the dead end by themselves in a minute; here at once. */
  #replace(index: number, life: Life): void {
    if (this.#instanceAt(index).life !== life) return;
    this.#instances[index] = this.#start(this.#clocks[index] ?? this.clock);
    void this.backlog.open().close();
  }
}

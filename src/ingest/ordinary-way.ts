import type { ArchivedPayload } from '../archive/payload-archive.js';
import type { Bot } from '../routing/bot.js';
import type { BotRoute } from '../routing/route-event.js';
import type { Clock } from '../time/clock.js';
import type { CauseReason } from './outcome.js';

/** What became of the archive's copy on the ordinary way. */
export type Archiving =
  | { readonly kind: 'archived'; readonly payload: ArchivedPayload }
  | { readonly kind: 'not-kept'; readonly retryAfterMs: number; readonly reason: CauseReason };

interface OrdinaryCalls {
  readonly archiving: Promise<Archiving>;
  readonly bots: readonly Bot[];
  /** One for each bot. */
  readonly routing: readonly Promise<BotRoute>[];
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** The ordinary way of one event, archive and route side by side, and how far it has come. Its calls never reject. */
export class OrdinaryWay {
  /** Resolves when the archive has answered. */
  readonly archiving: Promise<Archiving>;
  /** Resolves when every bot's send has ended. */
  readonly routed: Promise<unknown>;
  readonly #bots: readonly Bot[];
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #startedMs: number;
  readonly #routes: (BotRoute | undefined)[];
  #archive: Archiving | undefined;

  constructor({ archiving, bots, routing, clock }: OrdinaryCalls) {
    this.#bots = bots;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    this.#routes = bots.map(() => undefined);
    this.archiving = archiving;
    void archiving.then((archive) => {
      this.#archive = archive;
    });
    this.routed = Promise.all(
      routing.map((sent, index) =>
        sent.then((route) => {
          this.#routes[index] = route;
        }),
      ),
    );
  }

  /** Resolves when both have. */
  get ended(): Promise<unknown> {
    return Promise.all([this.archiving, this.routed]);
  }

  /** What the archive has answered; `undefined` so far. */
  get archive(): Archiving | undefined {
    return this.#archive;
  }

  /** One entry for each bot; who has not been answered yet is owed for the time being. */
  get routes(): readonly BotRoute[] {
    return this.#bots.map((bot, index) => this.#routes[index] ?? this.#unanswered(bot));
  }

  get isRouting(): boolean {
    return this.#routes.includes(undefined);
  }

  /** Some bot has it, or none wants it. */
  get hasArrived(): boolean {
    return this.#routes.length === 0 || this.#routes.some((route) => route?.kind === 'routed');
  }

  /** The archive and every bot have it: there is nothing to write down. */
  get isComplete(): boolean {
    return this.#archive?.kind === 'archived' && this.#routes.every((route) => route?.kind === 'routed');
  }

  #unanswered(bot: Bot): BotRoute {
    const timeoutMs = Math.round(this.#clock.monotonicMs() - this.#startedMs);
    return { kind: 'owed', bot, fault: { kind: 'timeout', breaker: 'service-bus', timeoutMs } };
  }
}

import type { Clock } from '../time/clock.js';
import type { HttpAnswer } from './http-request.js';

/** What is kept of an answer. */
interface KeptAnswer {
  readonly answer: HttpAnswer;
  readonly keptAtMs: number;
}

export interface CachedCall {
  readonly key: string;
  readonly cacheSeconds: number;
  readonly staleSeconds: number;
  /** Asks the dependency; given the ETag of what is kept, it may answer 304. */
  readonly ask: (etag: string | undefined) => Promise<HttpAnswer>;
  /** Waits for the answer, which others may share, for as long as this caller wants to. */
  readonly wait: (answer: Promise<HttpAnswer>) => Promise<HttpAnswer>;
  /** Whether the dependency fails, so that a cached answer may replace its own. */
  readonly isFailing: (fault: unknown) => boolean;
}

const maxAnswers = 256;
const maxBytes = 32 * 1024 * 1024;

/** Answers kept for a while: one request for many callers, and the last good answer while the dependency fails. */
export class AnswerCache {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #kept = new Map<string, KeptAnswer>();
  readonly #asking = new Map<string, Promise<HttpAnswer>>();
  #bytes = 0;
  #hits = 0;
  #staleHits = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  get hits(): { readonly fresh: number; readonly stale: number } {
    return { fresh: this.#hits, stale: this.#staleHits };
  }

  /** The kept answer, else the dependency's. Rejects as `ask` does, when nothing that is kept may serve. */
  async get(call: CachedCall): Promise<HttpAnswer> {
    const kept = this.#kept.get(call.key);
    if (kept !== undefined && this.#ageSeconds(kept) < call.cacheSeconds) {
      this.#hits += 1;
      return kept.answer;
    }
    try {
      return await call.wait(this.#ask(call, kept));
    } catch (fault) {
      if (kept === undefined || !call.isFailing(fault)) throw fault;
      if (this.#ageSeconds(kept) >= call.cacheSeconds + call.staleSeconds) throw fault;
      this.#staleHits += 1;
      return { ...kept.answer, stale: true };
    }
  }

  #ask({ key, ask }: CachedCall, kept: KeptAnswer | undefined): Promise<HttpAnswer> {
    const running = this.#asking.get(key);
    if (running !== undefined) return running;
    const asking = ask(kept?.answer.headers.get('etag') ?? undefined)
      .then((answer) => this.#keep(key, answer.status === 304 && kept !== undefined ? kept.answer : answer))
      .finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  #keep(key: string, answer: HttpAnswer): HttpAnswer {
    if (answer.status !== 200) return answer;
    this.#drop(key);
    if (answer.bytes.byteLength > maxBytes) return answer;
    this.#kept.set(key, { answer, keptAtMs: this.#clock.monotonicMs() });
    this.#bytes += answer.bytes.byteLength;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxAnswers && this.#bytes <= maxBytes) break;
      this.#drop(oldest);
    }
    return answer;
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.answer.bytes.byteLength ?? 0;
    this.#kept.delete(key);
  }

  #ageSeconds({ keptAtMs }: KeptAnswer): number {
    return (this.#clock.monotonicMs() - keptAtMs) / 1_000;
  }
}

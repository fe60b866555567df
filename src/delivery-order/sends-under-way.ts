/** A send that takes longer than this may be about to fail: what comes after it waits to see. */
const slowMs = 200;

interface Sending {
  readonly beganMs: number;
  readonly ended: Promise<void>;
}

/** The sends that are under way, by lane. */
export class SendsUnderWay {
  readonly #byLane = new Map<string, Set<Sending>>();

  /** Answers what to call when the send has ended. */
  begin(lane: string, nowMs: number): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sending = { beganMs: nowMs, ended: promise };
    const sends = this.#byLane.get(lane) ?? new Set();
    this.#byLane.set(lane, sends.add(sending));
    return () => {
      sends.delete(sending);
      if (sends.size === 0 && this.#byLane.get(lane) === sends) this.#byLane.delete(lane);
      resolve();
    };
  }

  /** Resolves when the slow ones of a lane have ended; `undefined` when there are none. */
  slow(lane: string, nowMs: number): Promise<unknown> | undefined {
    const slow = [...(this.#byLane.get(lane) ?? [])].filter(({ beganMs }) => nowMs - beganMs >= slowMs);
    return slow.length === 0 ? undefined : Promise.all(slow.map(({ ended }) => ended));
  }
}

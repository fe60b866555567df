/** One attempt of a sender to deliver an event, as its history shows it. */
export interface PastAttempt {
  /** What the sender calls this attempt. */
  readonly id: string;
  /** The same for every attempt of one delivery: what we call the delivery's id. */
  readonly deliveryId: string;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
  readonly event: string;
  readonly succeeded: boolean;
}

export interface HistoryPage {
  /** The newest first. */
  readonly attempts: readonly PastAttempt[];
  /** Where older attempts are; absent at the end. */
  readonly next?: string;
}

/** Why the sender did not do what it was asked. */
export interface HistoryRefusal {
  readonly ok: false;
  /** A word such as `throttled`, `circuit-open` or `refused-404`. */
  readonly reason: string;
  /** `not-now`: nothing was done. `unclear`: it may have been done. `unknown`: the sender does not know the delivery or hook. */
  readonly meaning: 'not-now' | 'unclear' | 'unknown';
}

export type HistoryAnswer<T> = { readonly ok: true; readonly value: T } | HistoryRefusal;

/** The port for senders that can be asked what they tried to deliver, and to try again. Neither method throws. */
export interface DeliveryHistory {
  /** Names the hook in logs and in the state that is kept. */
  readonly hook: string;
  /** The name of the provider's route. */
  readonly provider: string;
  list(from: string | undefined, signal: AbortSignal): Promise<HistoryAnswer<HistoryPage>>;
  redeliver(attemptId: string, signal: AbortSignal): Promise<HistoryAnswer<void>>;
}

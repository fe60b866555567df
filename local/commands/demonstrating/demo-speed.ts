/** How fast the story goes. */
export interface DemoSpeed {
  /** Between two events. */
  readonly everyMs: number;
  /** How long traffic flows before anything fails, and in between. */
  readonly calmMs: number;
  /** How long a dependency stays away after its breaker has opened. */
  readonly awayMs: number;
  readonly coolDownMs: number;
  /** NCRONTAB of the outbox timer. */
  readonly schedule: string;
  /** About how long it takes in all, for the progress line. */
  readonly aboutMs: number;
}

/** The numbers that production has, but for the timer, which comes every five seconds instead of thirty. */
export const usualSpeed: DemoSpeed = {
  everyMs: 250,
  calmMs: 10_000,
  awayMs: 15_000,
  coolDownMs: 30_000,
  schedule: '*/5 * * * * *',
  aboutMs: 100_000,
};

/** For those who have seen it before. */
export const fastSpeed: DemoSpeed = {
  everyMs: 100,
  calmMs: 2_000,
  awayMs: 2_000,
  coolDownMs: 2_000,
  schedule: '* * * * * *',
  aboutMs: 30_000,
};

/** When a call must have ended. Calls that began together share one, whose time is set later. */
export class Deadline {
  /** `Infinity` for none, and for one whose time is not set yet. */
  atMs: number;
  readonly timeoutMs: number;

  constructor(atMs: number, timeoutMs: number) {
    this.atMs = atMs;
    this.timeoutMs = timeoutMs;
  }
}

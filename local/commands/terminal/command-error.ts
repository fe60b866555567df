/** Something the user can put right: `message` says what is wrong, `advice` what to do about it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly advice: readonly string[];

  constructor(message: string, ...advice: readonly string[]) {
    super(message);
    this.advice = advice;
  }
}

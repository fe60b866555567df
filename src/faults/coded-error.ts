/** An error of ours: branch on `code`. What a library threw is its `cause`, and never leaves the process. */
export abstract class CodedError<Code extends string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Tells an error by its name: what is bundled apart has a class of its own. */
export const isErrorNamed =
  <E extends Error>(name: E['name']) =>
  (thrown: unknown): thrown is E =>
    thrown instanceof Error && thrown.name === name;

/** An error of ours: branch on `code`. What a library threw is its `cause`, and never leaves the process. */
export abstract class CodedError<Code extends string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Recognizes an error by its name: code that is bundled separately has its own copy of the class. */
export const isErrorNamed =
  <E extends Error>(name: E['name']) =>
  (thrown: unknown): thrown is E =>
    thrown instanceof Error && thrown.name === name;

/** One thing wrong with one setting. `what` never holds a value that may be a secret. */
export interface SettingProblem {
  readonly name: string;
  readonly what: string;
  readonly expected: string;
}

/** One thing wrong with one place of a configuration file; `path` is like `bots[0].queue`, empty for the whole file. */
export interface FileProblem {
  readonly path: string;
  readonly what: string;
  readonly expected: string;
}

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

const place = (problem: SettingProblem | FileProblem): string =>
  'name' in problem ? problem.name : problem.path === '' ? '(whole file)' : problem.path;

/** A problem with its place, what it is and what was expected. */
export const describeProblem = (problem: SettingProblem | FileProblem): string =>
  `${place(problem)} ${problem.what}; expected ${problem.expected}`;

/** Text for the console: one problem a line, each with its place, what it is and what was expected. */
export const describeProblems = (problems: readonly (SettingProblem | FileProblem)[]): string =>
  problems.map((problem) => `  - ${describeProblem(problem)}`).join('\n');

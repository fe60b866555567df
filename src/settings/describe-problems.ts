import type { FileProblem, SettingProblem } from './problem.js';

const place = (problem: SettingProblem | FileProblem): string =>
  'name' in problem ? problem.name : problem.path === '' ? '(whole file)' : problem.path;

/** A problem with its place, what it is and what was expected. */
export const describeProblem = (problem: SettingProblem | FileProblem): string =>
  `${place(problem)} ${problem.what}; expected ${problem.expected}`;

/** Text for the console: one problem a line, each with its place, what it is and what was expected. */
export const describeProblems = (problems: readonly (SettingProblem | FileProblem)[]): string =>
  problems.map((problem) => `  - ${describeProblem(problem)}`).join('\n');

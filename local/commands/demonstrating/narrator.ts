import { paint } from '../terminal/paint.js';
import { createProgressLine, type ProgressStream } from '../terminal/progress-line.js';

/** Tells the story on standard output, line by line, with the time; progress goes to standard error. */
export interface Narrator {
  /** A new chapter: its title, and the command that does the same elsewhere. */
  chapter(title: string, command?: string): void;
  say(line: string): void;
  /** How things stand right now: shown in the progress line, gone with the next. */
  progress(text: string): void;
  /** Takes the progress line away. */
  end(): void;
}

export interface NarratorOptions {
  readonly print: (line: string) => void;
  readonly progressTo: ProgressStream;
  readonly nowMs: () => number;
  /** About how long the story takes. */
  readonly aboutMs: number;
}

const clockText = (ms: number): string => {
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`;
};

export const createNarrator = ({ print, progressTo, nowMs, aboutMs }: NarratorOptions): Narrator => {
  const startedMs = nowMs();
  const line = createProgressLine(progressTo);
  const elapsedMs = (): number => nowMs() - startedMs;
  const tell = (text: string): void => {
    line.clear();
    print(text);
  };
  let chapters = 0;
  return {
    chapter(title, command) {
      chapters += 1;
      tell('');
      const hint = command === undefined ? '' : `   ${paint.quiet(`npm run ${command}`)}`;
      tell(`${paint.quiet(clockText(elapsedMs()))}  ${paint.strong(`${chapters}. ${title}`)}${hint}`);
    },
    say: (text) => tell(`${paint.quiet(clockText(elapsedMs()))}     ${text}`),
    progress(text) {
      const total = Math.round(aboutMs / 1_000);
      line.update(Math.min(total, Math.floor(elapsedMs() / 1_000)), total, `s  ${text}`);
    },
    end: () => line.clear(),
  };
};

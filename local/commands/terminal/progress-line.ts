/** Where progress goes; `process.stderr` is of this shape, so that standard output keeps the results alone. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** One line that says how far long work has come. */
export interface ProgressLine {
  update(done: number, total: number, text: string): void;
  /** Takes the line away, so that what follows starts on a clean one. */
  clear(): void;
}

const eraseLine = '\r\u001B[2K';
const barWidth = 24;

const bar = (done: number, total: number): string => {
  const filled = total === 0 ? barWidth : Math.floor((done / total) * barWidth);
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${done}/${total}`;
};

/** On a terminal the line is rewritten in place; elsewhere a new line is printed at every tenth of the work. */
export const createProgressLine = (stream: ProgressStream): ProgressLine => {
  let tenthsShown = 0;
  return {
    update(done, total, text) {
      const line = `${bar(done, total)} ${text}`;
      if (stream.isTTY === true) {
        stream.write(`${eraseLine}${line.slice(0, (stream.columns ?? 80) - 1)}`);
        return;
      }
      const tenths = total === 0 ? 10 : Math.floor((done / total) * 10);
      if (tenths <= tenthsShown) return;
      tenthsShown = tenths;
      stream.write(`${line}\n`);
    },
    clear() {
      if (stream.isTTY === true) stream.write(eraseLine);
    },
  };
};

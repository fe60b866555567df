/** The operators' page as it is sent, file by file. */
export interface ConsoleFiles {
  readonly page: string;
  readonly style: string;
  readonly script: string;
  readonly icon: string;
}

/** Put in by the build, from `console/`. */
declare const CONSOLE_FILES: ConsoleFiles;

export const consoleFiles: ConsoleFiles = CONSOLE_FILES;

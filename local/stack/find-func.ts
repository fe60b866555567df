import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const fileNames = process.platform === 'win32' ? ['func.cmd', 'func.exe'] : ['func'];

const isExecutable = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Other tools are called `func` too (Knative's, for one); version 4 of Core Tools answers with its number alone. */
const isCoreTools = async (path: string): Promise<boolean> => {
  try {
    const shell = process.platform === 'win32';
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 20_000, shell });
    return /^4\.\d+\.\d+/m.test(stdout.trim());
  } catch {
    return false;
  }
};

/** Where Azure Functions Core Tools, version 4, are on this search path; `undefined` when they are not. */
export const findFunc = async (searchPath: string | undefined): Promise<string | undefined> => {
  const folders = (searchPath ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const path of folders.flatMap((folder) => fileNames.map((name) => join(folder, name)))) {
    if ((await isExecutable(path)) && (await isCoreTools(path))) return path;
  }
  return undefined;
};

import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file and the functions of it that ran; one without a name is `-`. */
export interface CoveredFile {
  readonly path: string;
  readonly functions: readonly string[];
}

/** What V8 saw run while `work` did, of the files below `src/`. The module's own body, which runs when it is loaded, is no function. */
const coverOnce = async (root: string, work: () => Promise<unknown>): Promise<readonly CoveredFile[]> => {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return result
    .filter(({ url }) => url.startsWith('file:'))
    .map(({ url, functions }) => ({
      path: relative(root, fileURLToPath(url)).replaceAll('\\', '/'),
      functions: functions
        .filter(({ functionName, ranges: [range] }) => functionName !== '' || range?.startOffset !== 0)
        .filter(({ ranges: [range] }) => range !== undefined && range.count > 0)
        .map(({ functionName }) => functionName || '-'),
    }))
    .filter(({ path, functions }) => path.startsWith('src/') && functions.length > 0)
    .sort((one, other) => (one.path < other.path ? -1 : 1));
};

/** What ran in each of several runs of `work`, so that what a timer began meanwhile does not count. */
export const coverCalls = async (
  root: string,
  works: readonly (() => Promise<unknown>)[],
): Promise<readonly CoveredFile[]> => {
  const runs: (readonly CoveredFile[])[] = [];
  for (const work of works) runs.push(await coverOnce(root, work));
  const [first, ...others] = runs.map((files) => new Map(files.map(({ path, functions }) => [path, functions])));
  return [...(first ?? [])]
    .map(([path, functions]) => ({
      path,
      functions: others.reduce((left, other) => left.filter((name) => other.get(path)?.includes(name)), [...functions]),
    }))
    .filter(({ functions }) => functions.length > 0);
};

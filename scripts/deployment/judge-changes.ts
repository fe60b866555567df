import { readFileSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/*
 * `node scripts/deployment/judge-changes.ts changes.json` reads what `az deployment sub what-if --no-pretty-print` foretells, and
 * fails when data would be deleted sooner than before. It needs nothing but Node.js. `ACCEPT_LOSS=true` only lists it.
 */

interface Change {
  readonly resourceId: string;
  readonly changeType: string;
  readonly before: unknown;
  readonly after: unknown;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Numbers of days by their path; members of a list are known by their name, so that their order says nothing. */
const daysIn = (value: unknown, path = ''): ReadonlyMap<string, number> => {
  if (typeof value === 'number' && /days/i.test(path.split('/').findLast((part) => part !== '') ?? ''))
    return new Map([[path, value]]);
  const members: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [isObject(item) ? String(item['name'] ?? index) : String(index), item])
    : Object.entries(isObject(value) ? value : {});
  return new Map(members.flatMap(([name, item]) => [...daysIn(item, `${path}/${name}`)]));
};

const losses = ({ resourceId, changeType, before, after }: Change): readonly string[] => {
  if (changeType === 'Delete') return [`${resourceId} would be deleted`];
  if (changeType !== 'Modify') return [];
  const now = daysIn(after);
  return [...daysIn(before)]
    .filter(([path, days]) => !/cool/i.test(path) && (now.get(path) ?? days) < days)
    .map(([path, days]) => `${resourceId}: ${path} from ${days} to ${now.get(path)}`);
};

const changeOf = (value: unknown): readonly Change[] =>
  isObject(value) && typeof value['resourceId'] === 'string' && typeof value['changeType'] === 'string'
    ? [
        {
          resourceId: value['resourceId'],
          changeType: value['changeType'],
          before: value['before'],
          after: value['after'],
        },
      ]
    : [];

/** What a foretold deployment would lose: resources that it deletes, and days for which less would be kept. */
export const foreseenLosses = (whatIf: unknown): readonly string[] => {
  const changes = isObject(whatIf) && Array.isArray(whatIf['changes']) ? whatIf['changes'] : undefined;
  if (changes === undefined) throw new TypeError('This is no answer of what-if: it has no "changes"');
  return changes.flatMap(changeOf).flatMap(losses);
};

const main = (path: string): void => {
  const found = foreseenLosses(JSON.parse(readFileSync(path, 'utf8')));
  for (const loss of found) console.error(loss);
  if (found.length === 0) console.log('Nothing that is kept would go sooner than before.');
  else if (process.env['ACCEPT_LOSS'] !== 'true') process.exitCode = 1;
};

const [, script, path] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href) main(path ?? '');

import { readFile } from 'node:fs/promises';
import { alignColumns } from '../../../local/commands/terminal/columns.js';
import type { SoakResult } from '../run-soak.js';
import { faultsIn } from './audit.js';

const mostShown = 5;
const mostLines = 20;

/** The ledger as a table: what was sent, what became of it, and what must be nought. */
export const describeBooks = ({ audit, register, endedByItself, shards }: SoakResult): readonly string[] => {
  const { balance, forgeriesAccepted, apart } = audit;
  const entries = register.entries();
  return alignColumns([
    ['sent', balance.sent],
    ['  requests', entries.reduce((sum, { history }) => sum + history.length, 0)],
    ['accepted', balance.accepted],
    ['  of these deferred', entries.filter(({ accepted, deferred }) => accepted && deferred).length],
    ['  of these routed at once', entries.filter(({ routedAtOnce }) => routedAtOnce.size > 0).length],
    ['refused', balance.refused],
    ...Array.from(balance.held, ([holder, count]) => [`held by ${holder}`, count]),
    ...Array.from(faultsIn(audit), ([what, found]) => [what, found.length]),
    ['forgeries accepted', forgeriesAccepted],
    ['host ended by itself', endedByItself],
    ...(shards > 1
      ? [
          ['where no store failed', apart.events],
          ['  of these not taken as usual', apart.noticed.length],
        ]
      : []),
  ]);
};

const hostLinesAbout = async ({ stateDirectory }: SoakResult, id: string): Promise<readonly string[]> => {
  const log = await readFile(`${stateDirectory}/host.log`, 'utf8').catch(() => '');
  return log
    .split('\n')
    .filter((line) => line.includes(id))
    .slice(-mostLines);
};

/** For each kind of fault the first events, with all that is known of them. */
export const describeFaults = async (result: SoakResult): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const [what, found] of faultsIn(result.audit)) {
    for (const { id, holder } of found.slice(0, mostShown)) {
      const entry = result.register.get(id);
      const history = entry?.history ?? ['never sent'];
      lines.push(`${what}: ${id} (${holder})`, ...history.slice(-mostLines).map((line) => `    ${line}`));
      lines.push(...(await hostLinesAbout(result, entry?.event.id ?? id)).map((line) => `    host: ${line}`));
    }
    if (found.length > mostShown) lines.push(`${what}: ${found.length - mostShown} more`);
  }
  return lines;
};

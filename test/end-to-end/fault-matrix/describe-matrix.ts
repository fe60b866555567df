import { formatFault } from '../../../local/faults/fault.js';
import { standInTitles } from '../../../local/stack/stand-ins.js';
import type { Reply } from '../../support/post-webhook.js';
import { answerBoundMs } from './answer-bound.js';
import type { BreakerState, Cell } from './cells.js';
import type { Finding } from './play-cell.js';
import type { Whereabouts } from './start-site.js';

const answerOf = ({ status, json }: Reply): string => {
  if (status >= 400) return `${status} \`${json?.['code']}\``;
  const degraded = Array.isArray(json?.['degraded']) ? json['degraded'] : [];
  return [status, ...degraded.map((name) => `degraded: \`${name}\``)].join(', ');
};

/**
 * Where the sender may rely on it: a second copy that the last resort made beside the first is not told, nor one in the archive of
 * which the reply knows nothing, as its write came through after the answer.
 */
const placesOf = ({ json, status }: Reply, { queued, backlogged, owed }: Whereabouts): readonly string[] => {
  if (json?.['quarantined'] === true) return ['in quarantine'];
  if (status >= 400 && json?.['deferred'] !== true) return ['nowhere'];
  const places = [...(json?.['archived'] === true ? ['archived'] : []), ...(queued ? ['in the queue'] : [])];
  if (places.length === 2) return places;
  return [...places, ...(owed ? ['owed in the outbox'] : []), ...(backlogged && !owed ? ['copy in the backlog'] : [])];
};

const outcomeOf = ({ reply, whereabouts, cell }: Finding): string =>
  `${answerOf(reply)}; ${placesOf(reply, whereabouts).join(', ')}; within ${answerBoundMs(cell) / 1_000} s`;

const subjectOf = ({ dependencies, secretCached }: Cell): string => {
  const title = dependencies.map((name) => standInTitles[name]).join(' and ');
  return dependencies.includes('key-vault') ? `${title}, secret ${secretCached ? '' : 'not '}cached` : title;
};

const states: readonly BreakerState[] = ['Closed', 'Open', 'HalfOpen'];

/** Faults of one dependency that end in the same three outcomes share a row. */
interface Row {
  readonly subject: string;
  readonly faults: readonly string[];
  readonly outcomes: readonly string[];
}

const rowsOf = (findings: readonly Finding[]): readonly Row[] => {
  const groups = Map.groupBy(findings, ({ cell }) => `${subjectOf(cell)}: ${formatFault(cell.fault)}`);
  const rows = new Map<string, Row>();
  for (const [first, ...rest] of groups.values()) {
    if (first === undefined) continue;
    const inState = (state: BreakerState) => [first, ...rest].find(({ cell }) => cell.breaker === state);
    const outcomes = states.map(inState).map((finding) => (finding === undefined ? '' : outcomeOf(finding)));
    const subject = subjectOf(first.cell);
    const key = [subject, ...outcomes].join('|');
    const faults = [...(rows.get(key)?.faults ?? []), `\`${formatFault(first.cell.fault)}\``];
    rows.set(key, { subject, faults, outcomes });
  }
  return [...rows.values()];
};

const oneBeforeTwo = (one: Finding, other: Finding): number =>
  one.cell.dependencies.length - other.cell.dependencies.length;

/** The table of docs/reliability.md: the answer, what became of the event, and within what time the answer comes. */
export const describeMatrix = (findings: readonly Finding[]): string =>
  [
    '| what fails | how | breaker closed | breaker open | half-open: the event is the probe |',
    '| --- | --- | --- | --- | --- |',
    ...rowsOf(findings.toSorted(oneBeforeTwo)).map(
      ({ subject, faults, outcomes }) => `| ${[subject, faults.join(', '), ...outcomes].join(' | ')} |`,
    ),
  ].join('\n');

import type { Attempt } from '../../ledger/accounts.js';
import { type Balance, type Discrepancy, isBalanced } from '../../ledger/balance.js';
import { alignColumns, type Cell } from '../terminal/columns.js';
import { paint } from '../terminal/paint.js';
import { archiveHolder } from './cast.js';

/** The ledger as printed, and the exit code that goes with it: 0 when it balances. */
export interface DescribedLedger {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1;
}

const longestList = 10;

const forgedAmong = (attempts: readonly Attempt[]): number => attempts.filter(({ genuine }) => !genuine).length;

/** Accepted events that every bot which wanted them has. */
const deliveredIn = ({ accepted, lost }: Balance): number =>
  accepted - new Set(lost.filter(({ holder }) => holder !== archiveHolder).map(({ id }) => id)).size;

const copiesIn = ({ held }: Balance): string =>
  [...held]
    .filter(([holder]) => holder !== archiveHolder)
    .map(([holder, events]) => `${events} to ${holder}`)
    .join(', ');

const rowsOf = (balance: Balance, attempts: readonly Attempt[]): readonly (readonly Cell[])[] => {
  const { sent, accepted, refused, held, lost, duplicates, altered, intruders } = balance;
  const note = (text: string): string => `   ${paint.quiet(text)}`;
  return [
    ['  sent', sent, note(`${attempts.length - sent} of them twice`)],
    ['  accepted', accepted, note('answered 202')],
    ['  refused', refused, note(`${forgedAmong(attempts)} of them forged`)],
    ['  archived', held.get(archiveHolder) ?? 0, note('read back, byte for byte as sent')],
    ['  delivered', deliveredIn(balance), note(`consumed as the bots do: ${copiesIn(balance)}`)],
    ['  lost', lost.length],
    ['  duplicates', duplicates.length],
    ['  altered', altered.length],
    ['  forged, let in', intruders.length],
  ];
};

const listed = (what: string, found: readonly Discrepancy[]): readonly string[] =>
  found.slice(0, longestList).map(({ id, holder }) => `  ${what}: ${id}, ${holder}`);

/** An outage in which nothing was accepted at all proves nothing: that does not balance either. */
export const describeLedger = (balance: Balance, attempts: readonly Attempt[]): DescribedLedger => {
  const balanced = isBalanced(balance) && balance.accepted > 0;
  const verdict = balanced
    ? paint.good(
        '✓ It balances: every event that was acknowledged is in the archive and with every bot that wanted it, once.',
      )
    : paint.bad('✗ It does not balance.');
  return {
    exitCode: balanced ? 0 : 1,
    lines: [
      ...alignColumns(rowsOf(balance, attempts)),
      '',
      verdict,
      ...listed('lost', balance.lost),
      ...listed('twice', balance.duplicates),
      ...listed('altered', balance.altered),
      ...listed('forged', balance.intruders),
    ],
  };
};

import type { Copy } from '../../../local/ledger/accounts.js';
import { type Balance, balanceAccounts, type Discrepancy } from '../../../local/ledger/balance.js';
import { orderKey, type SoakBot } from '../traffic/soak-bots.js';
import { apartFrom } from './apart.js';
import { misordered, type OrderedEvent } from './misordered.js';
import type { OwedCopy } from './owed-copy.js';
import type { PlacedCopy, ShardedInbox } from './read-stores.js';
import { archiveHolder, type Entry, type Register } from './register.js';

/** What everyone holds, and what is still on its way. */
export interface Holdings {
  readonly archive: readonly PlacedCopy[];
  readonly inboxes: readonly Pick<ShardedInbox, 'bot' | 'received'>[];
  readonly owed: readonly OwedCopy[];
  readonly dead: readonly OwedCopy[];
}

/** How the books stand, with what the ledger alone cannot tell. */
export interface Audit {
  readonly balance: Balance;
  readonly misordered: readonly Discrepancy[];
  readonly dead: readonly Discrepancy[];
  readonly forgeriesAccepted: number;
  /** Accepted events that lie wholly where no store ever failed, and those whose senders heard of a failing store all the same. */
  readonly apart: { readonly events: number; readonly noticed: readonly string[] };
}

/** A payload that is archived under two days, or beside itself, is one copy; other bytes are another. */
const distinct = (copies: readonly Copy[]): readonly Copy[] => [
  ...new Map(copies.map((copy) => [`${copy.id} ${copy.sha256}`, copy])).values(),
];

const owedTo = (holder: string, owed: readonly OwedCopy[]): ReadonlySet<string> =>
  new Set(owed.filter((copy) => copy.holder === holder).map(({ id }) => id));

/** What was in the bot's queue before its sender went on keeps its place, whatever happens to the host. */
const placedAtOnce = (bot: SoakBot, entry: Entry): OrderedEvent | undefined =>
  entry.routedAtOnce.has(bot.name) ? { key: orderKey(bot, entry.event), number: entry.event.number } : undefined;

/** What one process of the host took or owes keeps its place among the rest that it took: what is owed is not overtaken. */
const placedInLife = (bot: SoakBot, { keptInLife, cameToAnother, event }: Entry): OrderedEvent | undefined =>
  keptInLife === undefined || cameToAnother
    ? undefined
    : { key: `${orderKey(bot, event)} in life ${keptInLife}`, number: event.number };

const orderIn = (register: Register, { bot, received }: Holdings['inboxes'][number]): readonly Discrepancy[] => {
  if (!bot.ordered) return [];
  const found = [placedAtOnce, placedInLife].flatMap((placed) =>
    misordered(bot.name, received, (key) => {
      const entry = register.get(key);
      return entry && placed(bot, entry);
    }),
  );
  return [...new Map(found.map((each) => [each.id, each])).values()];
};

/** The holdings by the keys of the books. */
const byKey = (register: Register, { archive, inboxes, owed, dead }: Holdings): Holdings => {
  const keyed = <T extends Copy>(copies: readonly T[]): readonly T[] =>
    copies.map((copy) => ({ ...copy, id: register.keyOf(copy) }));
  return {
    archive: keyed(archive),
    inboxes: inboxes.map(({ bot, received }) => ({ bot, received: keyed(received) })),
    owed: keyed(owed),
    dead: keyed(dead),
  };
};

const apartIn = (register: Register, { archive, inboxes }: Holdings, failingShard: number): Audit['apart'] => {
  const apart = [...apartFrom(failingShard, [archive, ...inboxes.map(({ received }) => received)].flat())];
  return { events: apart.length, noticed: apart.filter((key) => register.get(key)?.troubled) };
};

/**
 * Balances the senders' books with everyone's holdings: what is owed counts as held, once. `failingShard` is the one whose stores fail now
 * and then.
 */
export const audit = (register: Register, holdings: Holdings, failingShard = 0): Audit => {
  const keyed = byKey(register, holdings);
  const { archive, inboxes, owed, dead } = keyed;
  const hashes = new Map(register.attempts().map(({ id, sha256 }) => [id, sha256]));
  const withOwed = (holder: string, copies: readonly Copy[]): readonly Copy[] => {
    const held = new Set(copies.map(({ id }) => id));
    const coming = [...owedTo(holder, owed)].filter((id) => !held.has(id));
    return [...copies, ...coming.map((id) => ({ id, sha256: hashes.get(id) ?? '' }))];
  };
  const holders = new Map([
    [archiveHolder, withOwed(archiveHolder, distinct(archive))],
    ...inboxes.map(({ bot, received }) => [bot.name, withOwed(bot.name, received)] as const),
  ]);
  return {
    balance: balanceAccounts({ attempts: register.attempts(), holders }),
    misordered: inboxes.flatMap((inbox) => orderIn(register, inbox)),
    dead: dead.map(({ id, holder }) => ({ id, holder })),
    forgeriesAccepted: register.forgeriesAccepted,
    apart: apartIn(register, keyed, failingShard),
  };
};

/** Everything that is wrong, by what is wrong with it. */
export const faultsIn = ({ balance, misordered, dead }: Audit): ReadonlyMap<string, readonly Discrepancy[]> =>
  new Map([
    ['lost', balance.lost],
    ['duplicate', balance.duplicates],
    ['altered', balance.altered],
    ['intruder', balance.intruders],
    ['out of order', misordered],
    ['dead-lettered', dead],
  ]);

/** Whether nothing is lost, doubled, altered, forged, out of order or given up. */
export const isClean = (audited: Audit): boolean =>
  audited.forgeriesAccepted === 0 && [...faultsIn(audited).values()].every((found) => found.length === 0);

import type { Accounts, Attempt, Copy } from './accounts.js';

/** One copy too few, too many or not as it should be: which event, and where. */
export interface Discrepancy {
  readonly id: string;
  readonly holder: string;
}

/** How the books stand. Events are counted by id, however often each was tried. */
export interface Balance {
  readonly sent: number;
  readonly accepted: number;
  /** Never accepted, in any attempt. */
  readonly refused: number;
  /** Of the accepted events those that a holder has, by holder. */
  readonly held: ReadonlyMap<string, number>;
  /** Accepted, yet not with someone who is to have it. */
  readonly lost: readonly Discrepancy[];
  /** With the same holder more than once. */
  readonly duplicates: readonly Discrepancy[];
  /** Held with other bytes than were sent. */
  readonly altered: readonly Discrepancy[];
  /** Held although nobody genuine sent it. */
  readonly intruders: readonly Discrepancy[];
}

const idsOf = (entries: readonly { readonly id: string }[]): ReadonlySet<string> =>
  new Set(entries.map(({ id }) => id));

const repeats = (copies: readonly Copy[]): readonly Copy[] => {
  const seen = new Set<string>();
  return copies.filter(({ id }) => seen.size === seen.add(id).size);
};

const lostBy = (accepted: readonly Attempt[], holder: string, copies: readonly Copy[]): readonly Discrepancy[] => {
  const held = idsOf(copies);
  const wanted = accepted.filter(({ id, wantedBy }) => wantedBy.includes(holder) && !held.has(id));
  return Array.from(idsOf(wanted), (id) => ({ id, holder }));
};

const everyHolder = ({ attempts, holders }: Accounts): readonly string[] => [
  ...new Set([...holders.keys(), ...attempts.flatMap(({ wantedBy }) => wantedBy)]),
];

/**
 * Compares what was accepted with what is held once everything has settled. The books balance when nothing is lost, doubled,
 * altered or forged; what was refused may be held all the same, for a refusal with the event kept is safe to repeat.
 */
export const balanceAccounts = (accounts: Accounts): Balance => {
  const { attempts, holders } = accounts;
  const accepted = attempts.filter((attempt) => attempt.accepted);
  const acceptedIds = idsOf(accepted);
  const hashes = new Map(attempts.filter(({ genuine }) => genuine).map(({ id, sha256 }) => [id, sha256]));
  const within = (pick: (copies: readonly Copy[], holder: string) => readonly { readonly id: string }[]) =>
    everyHolder(accounts).flatMap((holder) =>
      pick(holders.get(holder) ?? [], holder).map(({ id }): Discrepancy => ({ id, holder })),
    );
  const heldBy = (copies: readonly Copy[]): number => [...idsOf(copies)].filter((id) => acceptedIds.has(id)).length;
  const sent = idsOf(attempts).size;
  return {
    sent,
    accepted: acceptedIds.size,
    refused: sent - acceptedIds.size,
    held: new Map(everyHolder(accounts).map((holder) => [holder, heldBy(holders.get(holder) ?? [])])),
    lost: within((copies, holder) => lostBy(accepted, holder, copies)),
    duplicates: within(repeats),
    altered: within((copies) => copies.filter(({ id, sha256 }) => hashes.has(id) && hashes.get(id) !== sha256)),
    intruders: within((copies) => copies.filter(({ id }) => !hashes.has(id))),
  };
};

/** Whether nothing is lost, doubled, altered or forged. */
export const isBalanced = ({ lost, duplicates, altered, intruders }: Balance): boolean =>
  [lost, duplicates, altered, intruders].every((found) => found.length === 0);

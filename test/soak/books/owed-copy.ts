import { archiveHolder } from './register.js';

/** A copy on its way: the event, and who is to have it. */
export interface OwedCopy {
  readonly id: string;
  readonly sha256: string;
  readonly holder: string;
}

interface Owing {
  readonly attributes: { readonly id: string };
  readonly payload: { readonly sha256: string };
  readonly owed: readonly { readonly bot: string }[];
}

/** The copies that an outbox record names. */
export const owedToBots = ({ attributes: { id }, payload: { sha256 }, owed }: Owing): readonly OwedCopy[] =>
  owed.map(({ bot }) => ({ id, sha256, holder: bot }));

/** What a message of the archive backlog stands for: the archive's copy, and those that travel along with it. */
export const owedByBacklog = (owing: Owing): readonly OwedCopy[] => [
  { id: owing.attributes.id, sha256: owing.payload.sha256, holder: archiveHolder },
  ...owedToBots(owing),
];

import { githubSender } from '../../senders/github-sender.js';
import type { Sample } from '../../senders/sender.js';

/** The bots of the demonstration, as a bots file has them. */
export const demoBots = [
  { name: 'merge-warden', queue: 'bot-merge-warden', events: ['github.pull_request'], ordered: true },
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true },
  { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false },
] as const;

/** What GitHub sends, and who is to get it beside `notifier`; said here once more, so that the ledger does not ask the app. */
const wantedBy: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['merge-warden', 'notifier'],
  issues: ['task-tactician', 'notifier'],
  push: ['notifier'],
};

/** The archive's name in the ledger; the bots have their own. */
export const archiveHolder = 'archive';

/** A published sample, and everyone who is to hold it in the end. */
export interface Part {
  readonly sample: Sample;
  readonly wantedBy: readonly string[];
}

/** The published samples of those events, in a fixed order. */
export const loadParts = (): readonly Part[] =>
  githubSender.samples().flatMap((sample) => {
    const bots = wantedBy[sample.event];
    return bots === undefined ? [] : [{ sample, wantedBy: [archiveHolder, ...bots] }];
  });

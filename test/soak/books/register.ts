import { createHash } from 'node:crypto';
import type { Attempt } from '../../../src/local/ledger/accounts.js';
import type { SoakEvent, SoakStep } from '../plan/soak-plan.js';
import { botsFor } from '../traffic/soak-bots.js';
import { bodyOf } from '../traffic/soak-providers.js';

/** What the senders know of one event. */
export interface Entry {
  readonly event: SoakEvent;
  readonly wantedBy: readonly string[];
  accepted: boolean;
  deferred: boolean;
  /** Bots whose queue held it before its sender did anything else: those that the first answer names. */
  readonly routedAtOnce: Set<string>;
  readonly history: string[];
}

/** One answer, or none, as a sender notes it. */
export interface Note {
  readonly step: SoakStep;
  /** Whether this was the first time that the event was sent. */
  readonly isFirstTry: boolean;
  readonly accepted: boolean;
  readonly deferred: boolean;
  readonly routedTo: readonly string[];
  /** For people. */
  readonly text: string;
}

/** The place of the archive among those who are to have every event. */
export const archiveHolder = 'archive';

/** The senders' books: every event that was sent, and what was answered. */
export class Register {
  readonly #entries = new Map<string, Entry>();
  #forgeriesAccepted = 0;

  note({ step, isFirstTry, accepted, deferred, routedTo, text }: Note): void {
    if (step.kind === 'forged') {
      this.#forgeriesAccepted += accepted ? 1 : 0;
      return;
    }
    const entry = this.#entryOf(step.event);
    entry.accepted ||= accepted;
    entry.deferred ||= deferred;
    entry.history.push(`${step.kind === 'again' ? 'sent again' : 'sent'}: ${text}`);
    if (isFirstTry && accepted && !deferred) for (const bot of routedTo) entry.routedAtOnce.add(bot);
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  get forgeriesAccepted(): number {
    return this.#forgeriesAccepted;
  }

  /** What the ledger balances against what everyone holds. */
  attempts(): readonly Attempt[] {
    return this.entries().map(({ event, wantedBy, accepted }) => ({
      id: event.id,
      sha256: createHash('sha256').update(bodyOf(event)).digest('hex'),
      genuine: true,
      accepted,
      wantedBy: [archiveHolder, ...wantedBy],
    }));
  }

  #entryOf(event: SoakEvent): Entry {
    const known = this.#entries.get(event.id);
    if (known !== undefined) return known;
    const wantedBy = botsFor(event).map(({ name }) => name);
    const entry = { event, wantedBy, accepted: false, deferred: false, routedAtOnce: new Set<string>(), history: [] };
    this.#entries.set(event.id, entry);
    return entry;
  }
}

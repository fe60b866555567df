import { createHash } from 'node:crypto';
import type { Attempt, Copy } from '../../../local/ledger/accounts.js';
import type { SoakEvent, SoakStep } from '../plan/soak-plan.js';
import { botsFor } from '../traffic/soak-bots.js';
import { bodyOf } from '../traffic/soak-providers.js';

/** What the senders know of one event. */
export interface Entry {
  readonly event: SoakEvent;
  /** Of its bytes. */
  readonly sha256: string;
  readonly wantedBy: readonly string[];
  accepted: boolean;
  deferred: boolean;
  /** Bots whose queue held it before its sender did anything else: those that the first answer names. */
  readonly routedAtOnce: Set<string>;
  /** Which process of the host accepted it, or owed it, before its sender did anything else. */
  keptInLife: number | undefined;
  /** It came again to another process, which may not have known yet what its session was owed. */
  cameToAnother: boolean;
  /** Accepted and owed to every bot: the outbox delivered each of its copies, and remembers that. */
  owedToAll: boolean;
  /** An answer told of a store that was not served as usual. */
  troubled: boolean;
  readonly history: string[];
}

/** One answer, or none, as a sender notes it. */
export interface Note {
  readonly step: SoakStep;
  /** Which process of the host it was sent to. */
  readonly life: number;
  /** Whether this was the first time that the event was sent. */
  readonly isFirstTry: boolean;
  readonly accepted: boolean;
  /** The outbox brings it: said with a 202 or, where senders are to come again, with a 503. */
  readonly deferred: boolean;
  readonly routedTo: readonly string[];
  /** Whether a store was not served as usual, as far as the answer tells. */
  readonly troubled: boolean;
  /** For people. */
  readonly text: string;
}

/** The place of the archive among those who are to have every event. */
export const archiveHolder = 'archive';

/** The senders' books: every event that was sent, and what was answered. */
export class Register {
  readonly #entries = new Map<string, Entry>();
  readonly #byId = new Map<string, readonly Entry[]>();
  #forgeriesAccepted = 0;

  note({ step, life, isFirstTry, accepted, deferred, routedTo, troubled, text }: Note): void {
    if (step.kind === 'forged') {
      this.#forgeriesAccepted += accepted ? 1 : 0;
      return;
    }
    const entry = this.#entryOf(step.event);
    entry.accepted ||= accepted;
    entry.deferred ||= deferred;
    entry.troubled ||= troubled;
    entry.owedToAll ||= accepted && deferred && routedTo.length === 0;
    entry.history.push(`${step.kind === 'again' ? 'sent again' : 'sent'}: ${text}`);
    if (isFirstTry && (accepted || deferred)) entry.keptInLife ??= life;
    entry.cameToAnother ||= entry.keptInLife !== undefined && entry.keptInLife !== life;
    if (isFirstTry && accepted && !deferred) for (const bot of routedTo) entry.routedAtOnce.add(bot);
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  get forgeriesAccepted(): number {
    return this.#forgeriesAccepted;
  }

  /** By what the books know a copy: several events may have its id, and then its bytes tell which of them it is. */
  keyOf({ id, sha256 }: Copy): string {
    const entries = this.#byId.get(id) ?? [];
    const entry = entries.find((each) => each.sha256 === sha256) ?? entries[0];
    return entry?.event.key ?? id;
  }

  /** What the ledger balances against what everyone holds. */
  attempts(): readonly Attempt[] {
    return this.entries().map(({ event, sha256, wantedBy, accepted }) => ({
      id: event.key,
      sha256,
      genuine: true,
      accepted,
      wantedBy: [archiveHolder, ...wantedBy],
    }));
  }

  #entryOf(event: SoakEvent): Entry {
    const known = this.#entries.get(event.key);
    if (known !== undefined) return known;
    const wantedBy = botsFor(event).map(({ name }) => name);
    const sha256 = createHash('sha256').update(bodyOf(event)).digest('hex');
    const entry = {
      event,
      sha256,
      wantedBy,
      accepted: false,
      deferred: false,
      routedAtOnce: new Set<string>(),
      keptInLife: undefined,
      cameToAnother: false,
      owedToAll: false,
      troubled: false,
      history: [],
    };
    this.#entries.set(event.key, entry);
    this.#byId.set(event.id, [...(this.#byId.get(event.id) ?? []), entry]);
    return entry;
  }
}

import type { Log } from '../observability/log/log.js';
import type { LabelsOf } from '../observability/metrics/metric-catalogue.js';
import type { Metrics } from '../observability/metrics/metrics.js';

/** A command as audit lines and metrics call it, after its handler: `listOutbox` is `list-outbox`. */
export const commandName = (handler: string): string =>
  handler.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What was asked to be shown or sent again: one event or a stretch of time, what narrowed it, and how. */
export interface ReplayFacts {
  /** Of the event. */
  readonly id?: string;
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
  readonly provider?: string | undefined;
  /** A pattern of types. */
  readonly type?: string;
  /** The one bot it was for. */
  readonly bot?: string | undefined;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

/** One command and what became of it. Holds names and numbers only, never a token or a header. */
export interface AuditEntry extends ReplayFacts {
  readonly command: string;
  readonly outcome: LabelsOf<'breakwater_operator_commands_total'>['outcome'];
  readonly correlationId: string;
  /** Where the command came from, as the platform saw it. */
  readonly clientAddress?: string | undefined;
  /** The version of the admin token that was shown, which tells whose it is. */
  readonly tokenVersion?: string;
  readonly breakers?: readonly string[];
  readonly changes?: readonly string[];
  /** Whether the command is written down for other instances; absent: it is this one's alone. */
  readonly shared?: boolean;
  /** Events, or dead letters, that were looked at for a replay. */
  readonly events?: number;
  /** Copies that were sent again, or that are owed again. */
  readonly sent?: number;
  /** Whether the replay came to the end of what was asked. */
  readonly complete?: boolean;
  /** Names of the fields that were refused. */
  readonly refusedFields?: readonly string[];
}

export type Audit = (entry: AuditEntry) => void;

/** Leaves one line for each command: `operator.command-done`, or `operator.command-refused` with the reason as its outcome. */
export const createAudit =
  ({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }): Audit =>
  ({ command, outcome, ...facts }) => {
    const done = outcome === 'done';
    const event = done ? 'operator.command-done' : 'operator.command-refused';
    log.write(done ? 'info' : 'warn', event, { command, outcome, ...facts });
    metrics.count('breakwater_operator_commands_total', { command, outcome });
  };

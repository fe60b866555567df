import type { Log } from '../observability/log.js';
import type { LabelsOf } from '../observability/metric-catalogue.js';
import type { Metrics } from '../observability/metrics.js';

/** The commands that operators have; each is a label value and stands in each audit line. */
export const operatorCommands = [
  'reset-circuit-breakers',
  'reset-circuit-breaker',
  'change-circuit-breaker',
  'show-event',
  'replay-event',
  'replay-events',
] as const;

export type OperatorCommand = (typeof operatorCommands)[number];

/** One command and what became of it. Holds names and numbers only, never a token or a header. */
export interface AuditEntry {
  readonly command: OperatorCommand;
  readonly outcome: LabelsOf<'breakwater_operator_commands_total'>['outcome'];
  readonly correlationId: string;
  /** The version of the admin token that was shown, which tells whose it is. */
  readonly tokenVersion?: string;
  readonly breakers?: readonly string[];
  readonly changes?: readonly string[];
  /** The id of the event that was shown or sent again. */
  readonly event?: string;
  /** Copies that were sent again. */
  readonly sent?: number;
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

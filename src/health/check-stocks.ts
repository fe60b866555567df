import type { Stocks } from '../outbox/drain/stocks.js';
import type { OutboxFigures } from '../outbox/record/outbox-figures.js';
import { type HealthCheck, isDegraded, isNotConfigured, isWell, type NamedCheck } from './health-check.js';

/** What is owed longer than this is not on its way: the timer, a queue or Service Bus stands in its way. */
export const outboxBoundSeconds = 900;

const unreadable = (what: string): HealthCheck =>
  isDegraded({
    message: `${what}: cannot be counted now`,
    action: 'Blob Storage does not answer. See blob_storage_circuit and blob_storage_last_call.',
  });

const byBot = ({ copies = {} }: OutboxFigures): string => {
  const owed = Object.entries(copies).map(([bot, count]) => `${bot} ${count}`);
  return owed.length === 0 ? '' : ` (${owed.join(', ')})`;
};

const outboxOf = (figures: OutboxFigures): HealthCheck => {
  const { pending, oldestSeconds } = figures;
  if (pending === null || oldestSeconds === null) return unreadable('Outbox');
  if (pending === 0) return isWell('Nothing is owed');
  const message = `${pending} owed${byBot(figures)}, the oldest for ${oldestSeconds} s`;
  if (oldestSeconds <= outboxBoundSeconds) return isWell(message);
  return isDegraded({
    message,
    action:
      'Look at the checks of the queues, of service_bus_circuit and of outbox_timer: one of them says what is in the way.',
  });
};

const deadLettersOf = (figures: OutboxFigures): HealthCheck => {
  const { pending, oldestSeconds } = figures;
  if (pending === null || oldestSeconds === null) return unreadable('Dead letters');
  if (pending === 0) return isWell('No dead letters');
  return isDegraded({
    message: `${pending} given up${byBot(figures)}, the oldest for ${oldestSeconds} s`,
    action: 'Mend what the letters name as reason, then send them again: npm run events -- replay-dead-letters --help',
  });
};

const quarantineOf = ({ pending, oldestSeconds }: OutboxFigures): HealthCheck => {
  if (pending === null || oldestSeconds === null) return unreadable('Quarantine');
  if (pending === 0) return isWell('Nothing waits to be verified');
  return isDegraded({
    message: `${pending} wait to be verified, the oldest for ${oldestSeconds} s`,
    action: 'Look at the checks of the secrets: the timer verifies what waits as soon as its secret can be read.',
  });
};

const batchesOf = ({ pending, oldestSeconds }: OutboxFigures): HealthCheck => {
  if (pending === null || oldestSeconds === null) return unreadable('Batches');
  if (pending === 0) return isWell('No batch waits');
  const message = `${pending} wait to be taken apart, the oldest for ${oldestSeconds} s`;
  if (oldestSeconds <= outboxBoundSeconds) return isWell(message);
  return isDegraded({
    message,
    action:
      'Look for batch.unreadable and batch.split in the log, then at service_bus_circuit and outbox_timer: one of them says what is in the way.',
  });
};

const burstsOf = (figures: OutboxFigures): HealthCheck => {
  const { pending, oldestSeconds } = figures;
  if (pending === null || oldestSeconds === null)
    return isDegraded({
      message: 'Bursts: cannot be counted now',
      action: 'Service Bus does not answer for the burst queues. See service_bus_circuit and service_bus_last_call.',
    });
  if (pending === 0) return isWell('No burst waits');
  const message = `${pending} bursts wait${byBot(figures)}, the oldest ended ${oldestSeconds} s ago`;
  if (oldestSeconds <= outboxBoundSeconds) return isWell(message);
  return isDegraded({
    message,
    action: 'The timer sends them on. See outbox_timer, service_bus_circuit and the log line bursts.sent.',
  });
};

const backlogOf = (count: number | null): HealthCheck => {
  if (count === null) {
    return isDegraded({
      message: 'Archive backlog: cannot be counted now',
      action:
        'Service Bus does not answer for webhook-archive-backlog. See service_bus_circuit and service_bus_last_call.',
    });
  }
  if (count === 0) return isWell('Nothing waits to be archived');
  return isDegraded({
    message: `${count} wait to be archived`,
    action: 'The timer archives them once Blob Storage answers. See blob_storage_circuit and outbox_timer.',
  });
};

/** One line for each place where something waits. */
export const checkStocks = (
  { outbox, deadLetters, quarantine, batches, bursts, archiveBacklog }: Stocks,
  quarantines: boolean,
): readonly NamedCheck[] => [
  ['outbox', outboxOf(outbox)],
  ['dead_letters', deadLettersOf(deadLetters)],
  [
    'quarantine',
    quarantines || (quarantine.pending ?? 0) > 0
      ? quarantineOf(quarantine)
      : isNotConfigured(
          'QUARANTINE is off',
          'Set QUARANTINE=on to keep deliveries that cannot be verified while the vault is away.',
        ),
  ],
  ['batches', batchesOf(batches)],
  ...(bursts === undefined ? [] : [['bursts', burstsOf(bursts)] as const]),
  ['archive_backlog', backlogOf(archiveBacklog)],
];

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logOutcome } from '../../../src/http/log-outcome.js';
import type { EventOutcome } from '../../../src/ingest/outcome.js';
import type { Log, LogFields } from '../../../src/observability/log.js';
import { createMetricsStore } from '../../../src/observability/metrics-store.js';
import { createTransitionLog } from '../../../src/observability/transition-log.js';
import { type AuditEntry, createAudit } from '../../../src/operations/audit.js';
import { createDrain } from '../../../src/outbox/drain.js';
import { projectRoot } from './read-bicep.js';

type Fields = ReadonlySet<string>;

const outcomes: readonly EventOutcome[] = [
  ...(['accepted', 'deferred'] as const).map((kind) => ({
    kind,
    id: 'an-id',
    type: 'github.ping',
    archived: true,
    routedTo: ['notifier'],
    degraded: [],
    duplicate: false,
    secretVersion: 'v1',
  })),
  { kind: 'handshake', reply: { status: 200, body: '' }, secretVersion: 'v1' },
  { kind: 'rejected', code: 'SignatureInvalid', detail: 'No.' },
  {
    kind: 'unavailable',
    code: 'SecretUnavailable',
    service: 'key-vault',
    retryAfterMs: 1,
    event: { id: 'an-id', type: 'github.ping' },
    archived: true,
    deferred: true,
  },
];

const auditEntries: readonly AuditEntry[] = (['done', 'unauthorized'] as const).map((outcome) => ({
  command: 'reset-circuit-breaker',
  outcome,
  correlationId: 'c',
  tokenVersion: 'v1',
  breakers: ['key-vault'],
  changes: ['coolDownMs=1'],
  refusedFields: ['coolDownMs'],
}));

/** Lines written by the very functions that write them in production, one of each kind. */
const writeThroughCode = async (log: Log): Promise<void> => {
  for (const outcome of outcomes)
    logOutcome(log, outcome, { provider: 'github', correlationId: 'c', bytes: 1, durationMs: 1 });
  const logTransition = createTransitionLog(log);
  for (const to of ['Open', 'HalfOpen', 'Closed'] as const)
    logTransition({ breaker: 'key-vault', from: 'Closed', to, reason: 'reset' });
  const audit = createAudit({ log, metrics: createMetricsStore() });
  for (const entry of auditEntries) audit(entry);
  await createDrain({
    figures: async () => ({ pending: 1, oldestSeconds: 1 }),
    drainArchiveBacklog: async () => ({ archived: 1, deadLettered: 1, stoppedBy: 'time-limit' }),
    drainOutbox: async () => ({ delivered: 1, deadLettered: 1, failed: 1, taken: 1, stoppedBy: 'time-limit' }),
    clock: { monotonicMs: () => 0 },
    log,
  })();
};

const written = /\bwrite\(\s*'\w+',\s*'([a-z.-]+)',\s*\{([^}]*)\}/g;

/** `log.write('warn', 'secret.missing', { secret: name })` in a source file: the event and the names before the colons. */
const writtenInSource = (): readonly (readonly [event: string, fields: readonly string[]])[] =>
  globSync('{src,functions}/**/*.ts', { cwd: projectRoot })
    .filter((path) => !path.replaceAll('\\', '/').startsWith('src/local/'))
    .flatMap((path) => [...readFileSync(join(projectRoot, path), 'utf8').matchAll(written)])
    .map(([, event = '', fields = '']) => [
      event,
      [...fields.matchAll(/(?:^|,)\s*(\w+)\s*(?=[:,]|$)/g)].map(([, name = '']) => name),
    ]);

/** Every log event of the app with the fields that its lines have. */
export const readEmittedLines = async (): Promise<ReadonlyMap<string, Fields>> => {
  const lines = new Map<string, Set<string>>();
  const add = (event: string, fields: readonly string[]): void => {
    const known = lines.get(event) ?? new Set(['event']);
    for (const field of fields) known.add(field);
    lines.set(event, known);
  };
  for (const [event, fields] of writtenInSource()) add(event, fields);
  await writeThroughCode({ write: (_level, event, fields: LogFields) => add(event, Object.keys(fields)) });
  return lines;
};

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logQuarantineRun } from '../../../src/composition/release-quarantined.js';
import { logOutcome } from '../../../src/http/tell-outcome.js';
import type { EventOutcome } from '../../../src/ingest/outcome.js';
import type { Log, LogLevel } from '../../../src/observability/log/log.js';
import { createMetricsStore } from '../../../src/observability/metrics/metrics-store.js';
import { createTransitionLog } from '../../../src/observability/metrics/observe-breaker.js';
import { type AuditEntry, createAudit } from '../../../src/operations/audit.js';
import { createDrain } from '../../../src/outbox/drain/drain.js';
import { projectRoot } from './read-bicep.js';

type Fields = ReadonlySet<string>;

const accepted = {
  kind: 'accepted',
  id: 'an-id',
  type: 'github.ping',
  archived: true,
  routedTo: ['notifier'],
  degraded: [],
  duplicate: false,
  secretVersion: 'v1',
} as const;

const outcomes: readonly EventOutcome[] = [
  accepted,
  { ...accepted, degraded: ['blob-storage'], causes: [{ of: 'blob-storage', reason: 'timeout' }] },
  { ...accepted, kind: 'deferred', degraded: ['service-bus'] },
  { kind: 'handshake', reply: { status: 200, body: '' }, secretVersion: 'v1' },
  { kind: 'rejected', code: 'SignatureInvalid', detail: 'No.', reason: 'signature' },
  {
    kind: 'unavailable',
    code: 'SecretUnavailable',
    service: 'key-vault',
    retryAfterMs: 1,
    event: { id: 'an-id', type: 'github.ping' },
    archived: true,
    deferred: true,
    quarantine: 'blob-storage',
    causes: [{ of: 'key-vault', reason: 'unauthorized' }],
  },
];

const auditEntries: readonly AuditEntry[] = (['done', 'unauthorized'] as const).map((outcome) => ({
  command: 'reset-circuit-breaker',
  outcome,
  correlationId: 'c',
  tokenVersion: 'v1',
  clientAddress: '203.0.113.7',
  id: 'an-id',
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-02T00:00:00.000Z',
  provider: 'github',
  type: '*',
  bot: 'notifier',
  dryRun: false,
  force: false,
  events: 1,
  sent: 1,
  complete: true,
  breakers: ['key-vault'],
  changes: ['coolDownMs=1'],
  shared: true,
  refusedFields: ['coolDownMs'],
}));

/** A run with nothing to do, one that did something, one that was stopped, and one that gave something up. */
const drainEndings = [
  { moved: 0, deadLettered: 0 },
  { moved: 1, deadLettered: 0 },
  { moved: 1, deadLettered: 0, stoppedBy: 'time-limit' },
  { moved: 1, deadLettered: 1 },
] as const;

/** Lines written by the very functions that write them in production, one of each kind. */
const writeThroughCode = async (log: Log): Promise<void> => {
  for (const outcome of outcomes)
    logOutcome(log, outcome, {
      told: { provider: 'github', correlationId: 'c', bytes: 1, durationMs: 1 },
      lastReason: () => undefined,
    });
  const logTransition = createTransitionLog(log);
  for (const to of ['Open', 'HalfOpen', 'Closed'] as const)
    logTransition({ breaker: 'key-vault', from: 'Closed', to, reason: 'reset' }, 'timeout');
  const quarantined = { kept: 0, refused: 0, putAside: 0, stoppedBy: [] };
  logQuarantineRun(log, quarantined, 1);
  logQuarantineRun(log, { ...quarantined, kept: 1 }, 1);
  logQuarantineRun(log, { ...quarantined, stoppedBy: ['github: no-secret'] }, 1);
  const audit = createAudit({ log, metrics: createMetricsStore() });
  for (const entry of auditEntries) audit(entry);
  for (const { moved, ...ending } of drainEndings) {
    await createDrain({
      figures: async () => ({ pending: 1, oldestSeconds: 1 }),
      namespaces: [
        {
          archiveBacklog: {
            move: async () => ({ archived: moved, ...ending }),
            whoIsLeft: async () => new Set<string>(),
          },
          drainOutbox: async () => ({ delivered: moved, failed: 0, taken: 1, waiting: true, ...ending }),
          log,
        },
      ],
      clock: { monotonicMs: () => 0 },
      timeLimitMs: 1,
    })();
  }
};

interface EmittedLine {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: readonly string[];
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const written = /\bwrite\(\s*'(\w+)',\s*'([a-z.-]+)',\s*\{([^}]*)\}/g;

/** `log.write('warn', 'secret.missing', { secret: name })` in a source file: level, event and the names before the colons. */
const writtenInSource = (): readonly EmittedLine[] =>
  globSync('{src,functions}/**/*.ts', { cwd: projectRoot })
    .flatMap((path) => [...readFileSync(join(projectRoot, path), 'utf8').matchAll(written)])
    .flatMap(([, word, event = '', fields = '']) =>
      levels
        .filter((level) => level === word)
        .map((level) => ({
          level,
          event,
          fields: [...fields.matchAll(/(?:^|,)\s*(\w+)\s*(?=[:,]|$)/g)].map(([, name = '']) => name),
        })),
    );

const allLines = async (): Promise<readonly EmittedLine[]> => {
  const lines: EmittedLine[] = [...writtenInSource()];
  await writeThroughCode({
    write: (level, event, fields) => lines.push({ level, event, fields: Object.keys(fields) }),
  });
  return lines;
};

/** What all lines of each event have, once each. */
const gather = (
  lines: readonly EmittedLine[],
  of: (line: EmittedLine) => readonly string[],
): ReadonlyMap<string, Fields> => {
  const gathered = new Map<string, Set<string>>();
  for (const line of lines) {
    const known = gathered.get(line.event) ?? new Set();
    for (const one of of(line)) known.add(one);
    gathered.set(line.event, known);
  }
  return gathered;
};

/** Every log event of the app with the fields that its lines have; `correlationId` is added where the log is made. */
export const readEmittedLines = async (): Promise<ReadonlyMap<string, Fields>> =>
  gather(await allLines(), ({ fields }) => ['event', ...fields]);

/** Every log event of the app with the levels that its lines have. */
export const readEmittedLevels = async (): Promise<ReadonlyMap<string, Fields>> =>
  gather(await allLines(), ({ level }) => [level]);

import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { withClient } from '../../support/dotnet.js';

/** Debian's `python3-qpid-proton` is for Debian's own Python, which need not be the first on the PATH. */
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import proton']).status === 0,
);
const client = python === undefined ? { found: false, why: 'there is no python3-qpid-proton' } : { found: true };

/** What each scenario of test/clients/proton/client.py should have seen. */
const expected = {
  mechanisms: { PLAIN: 'in', ANONYMOUS: 'in', none: 'in' },
  prefetch: Array.from({ length: 20 }, (_, n) => `${n}`),
  large: { same: true },
  settlement: { first: ['0', '1', '2', '3'], again: ['1 0', '2 1'], dead: '3' },
  'session-ordered': { a: ['a0', 'a1', 'a2'], b: ['b0', 'b1', 'b2'] },
  refusals: { noQueue: 'amqp:not-found', transaction: 'amqp:not-implemented', properties: 'REJECTED', after: 'taken' },
} as const;

describe.skipIf(!client.found)(withClient('Qpid Proton', client), () => {
  let seen: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    const queues = Object.keys(expected).map((name) =>
      queueDefinition(name, { requiresSession: name.endsWith('ordered') }),
    );
    const serviceBus = await startServiceBus({ port: 0, queues });
    const script = join(import.meta.dirname, '../../clients/proton/client.py');
    const { stdout } = await promisify(execFile)(python ?? '', [script, `127.0.0.1:${serviceBus.port}`]).finally(() =>
      serviceBus.close(),
    );
    seen = JSON.parse(stdout);
  });

  test.each(Object.entries(expected))('Proton client: %s', (scenario, outcome) => {
    expect(seen[scenario]).toEqual(outcome);
  });
});

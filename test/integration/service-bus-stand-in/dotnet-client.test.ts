import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { buildDotnet, withClient } from '../../support/dotnet.js';

const client = await buildDotnet('test/clients/dotnet/DotnetClient.csproj');

/** What each scenario of test/clients/dotnet/Program.cs should have seen. */
const expected = {
  prefetch: Array.from({ length: 20 }, (_, n) => `${n}`),
  processor: { different: 200, twice: 0 },
  'session-processor': Object.fromEntries(['a', 'b', 'c', 'd'].map((session) => [session, '0 1 2 3 4 5 6 7 8 9'])),
  'session-state': { SessionId: 'a', state: 'kept', heldForAMinute: true, tooLarge: 'MessageSizeExceeded' },
  'property-types': {
    asSent: {
      int: 'Int32 5',
      negative: 'Int32 -70000',
      long: 'Int64 4503599627370496',
      uint: 'UInt32 5',
      ulong: 'UInt64 18446744073709551615',
      short: 'Int16 -3',
      byte: 'Byte 7',
      double: 'Double 3',
      float: 'Single 1.5',
      decimal: 'Decimal 12.50',
      bool: 'Boolean True',
      char: 'Char x',
      guid: 'Guid 00112233-4455-6677-8899-aabbccddeeff',
      date: 'DateTime 1970-01-01T00:00:00.0010000Z',
      offset: 'DateTimeOffset 1970-01-01T01:00:00.0000000+00:00',
      span: 'TimeSpan 00:00:01.5000000',
      uri: 'Uri https://example.com/a?b',
      text: 'String Zoë',
    },
    abandoned: true,
    deferred: true,
    settledByRequest: true,
    deadLettered: true,
    DeadLetterReason: 'reason',
    DeadLetterErrorDescription: 'description',
  },
  settlement: { came: ['1', '2', '3'], back: '2 2', twice: 'MessageLockLost', nothing: true, deleted: '4', left: null },
  schedule: { waiting: 'Scheduled', came: 'soon', added: true, left: 3 },
  refusals: {
    noQueue: 'MessagingEntityNotFound',
    noQueueToReceive: 'MessagingEntityNotFound',
    tooLarge: 'MessageSizeExceeded',
    tooManyProperties: 'ArgumentException',
    noSession: 'InvalidOperationException',
    noSessionsHere: 'InvalidOperationException',
    sessionHeld: 'SessionCannotBeLocked',
  },
  transaction: {
    answer: 'NotSupportedException: This stand-in for Service Bus has no transactions',
    after: 'after',
  },
} as const;

describe.skipIf(!client.found)(withClient("Microsoft's .NET client", client), () => {
  let seen: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    if (!client.found) return;
    const queues = Object.keys(expected).flatMap((name) => [
      queueDefinition(name),
      queueDefinition(`${name}-ordered`, { requiresSession: true }),
    ]);
    const serviceBus = await startServiceBus({ port: 0, queues });
    const { stdout } = await promisify(execFile)('dotnet', [client.path, serviceBus.connectionString]).finally(() =>
      serviceBus.close(),
    );
    seen = JSON.parse(stdout);
  });

  test.each(Object.entries(expected))('.NET client: %s', (scenario, outcome) => {
    expect(seen[scenario]).toEqual(outcome);
  });

  test('.NET client: NJsonSchema makes classes with good names and types of the published schemas', async () => {
    const schemas = ['event-envelope', 'bots'].map((name) => `schemas/${name}.schema.json`);
    const { stdout } = await promisify(execFile)('dotnet', [client.found ? client.path : '', 'classes', ...schemas]);

    const names = [...stdout.matchAll(/public partial class (\w+)/g)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['EventEnvelope', 'Bot', 'BotsFile']));
    expect(names.filter((name) => /^(?:Anonymous|Json|Items?)\d*$/.test(String(name)))).toEqual([]);
    expect(stdout).toMatch(/Required\(AllowEmptyStrings = true\)\]\n\s+public System\.DateTimeOffset Time /);
    expect(stdout).toContain('public byte[] Data_base64 ');
  });
});

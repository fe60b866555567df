import { array, assert, asyncProperty, constantFrom, integer, oneof, record, string, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { readTimerSchedule } from '../../../local/functions-host/timers/timer-schedule.js';
import { createApp } from '../../../src/composition/app.js';
import { createAzureDependencies } from '../../../src/composition/azure.js';
import { timerEndpoints } from '../../../src/composition/timer-endpoints.js';
import { environmentSchema } from '../../../src/settings/environment-schema.js';
import { readSettings } from '../../../src/settings/read-settings.js';

const development = {
  AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  PayloadStorage: 'UseDevelopmentStorage=true',
  ServiceBus: 'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true;',
  WEBHOOK_SECRET_GITHUB: 'a-secret-for-tests-only',
  ADMIN_TOKEN: 'an-admin-token-for-tests',
};

const clockField = constantFrom('0', '*', '*/5', '1-3', '7,37', '59', 'x');
const schedule = tuple(
  clockField,
  clockField,
  constantFrom('0', '*', '8-18'),
  constantFrom('*', '1', '32'),
  constantFrom('*', 'JAN', 'January', 'JANE', '13'),
  constantFrom('*', 'MON', 'Sunday', 'MONKEY', '1-5', '7'),
).map((fields) => fields.join(' '));
const number = oneof(
  { weight: 1, arbitrary: integer({ min: -1, max: 2_000_000 }).map(String) },
  { weight: 2, arbitrary: constantFrom('0', '0.5', '1', '1.5', '0.999', '100', '1e3', '86400000') },
);
const word = constantFrom('on', 'off', 'reject', 'defer', 'github', 'github,slack', 'github-meta', '10.0.0.0/8', 'app');
const value = oneof({ weight: 3, arbitrary: number }, word, schedule, string({ maxLength: 20 }));

const breakerOption = tuple(
  constantFrom('serviceBus', 'blobStorage', 'keyVault'),
  constantFrom(
    'failureThreshold',
    'windowMs',
    'coolDownMs',
    'successThreshold',
    'operationTimeoutMs',
    'halfOpenMaxConcurrent',
    'failureRateThreshold',
    'slowCallRateThreshold',
    'slowCallDurationMs',
    'minimumCalls',
    'coolDownGrowth',
    'maxCoolDownMs',
    'coolDownJitter',
    'maxConcurrent',
    'fairTimeoutMs',
    'rateWindowCalls',
  ),
).map(([breaker, option]) => `CircuitBreaker__${breaker}__${option}`);

const fixedNames = Object.keys(environmentSchema.shape).filter((name) => !(name in development));
const change = oneof(
  record({ name: constantFrom(...fixedNames), value }),
  record({ name: constantFrom(...fixedNames.filter((name) => name.endsWith('_SCHEDULE'))), value: schedule }),
  record({ name: breakerOption, value: number }),
  record({ name: constantFrom('SOURCE_RANGES_GITHUB', 'WEBHOOK_SECRET_GITHUB', 'CircuitBreaker__preset'), value }),
);
const changes = array(change, { maxLength: 3 }).map((settings) =>
  Object.fromEntries(settings.map((each) => [each.name, each.value])),
);

it('settings: whatever passes the check starts, and the host takes its schedules', async () => {
  let started = 0;
  await assert(
    asyncProperty(changes, async (changed) => {
      const reading = readSettings({ ...development, ...changed });
      if (!reading.ok) return;
      const dependencies = createAzureDependencies(reading.settings, [], { version: '0', instance: 'one' });
      createApp(dependencies);
      started += 1;
      for (const { schedule } of timerEndpoints) {
        const text = schedule(reading.settings);
        if (text !== undefined) readTimerSchedule(text, {});
      }
      await dependencies.close();
    }),
    { numRuns: 1_000 },
  );

  expect(started).toBeGreaterThan(100);
});
